using TrafficShifter.Demo.Peers;
using YamlDotNet.Serialization;
using YamlDotNet.Serialization.NamingConventions;

namespace TrafficShifter.Deploy.Tests.Monitoring;

/// <summary><c>deploy/victoria-metrics/alerts.yml</c> as it is read by vmalert and Prometheus.</summary>
internal sealed class AlertFile
{
    public List<Group> Groups { get; set; } = [];

    public static string Path { get; } = System.IO.Path.Combine(PeerLocator.RepositoryRoot, "deploy", "victoria-metrics", "alerts.yml");

    public static IReadOnlyList<Rule> Read() =>
        [.. new DeserializerBuilder().WithNamingConvention(CamelCaseNamingConvention.Instance).Build().Deserialize<AlertFile>(File.ReadAllText(Path)).Groups.SelectMany(g => g.Rules)];

    internal sealed class Group
    {
        public string Name { get; set; } = "";

        public string Interval { get; set; } = "";

        public List<Rule> Rules { get; set; } = [];
    }

    internal sealed class Rule
    {
        public string Alert { get; set; } = "";

        public string Expr { get; set; } = "";

        public string For { get; set; } = "0s";

        public Dictionary<string, string> Labels { get; set; } = [];

        public Dictionary<string, string> Annotations { get; set; } = [];
    }
}
