using TrafficShifter.Demo.Peers;
using TrafficShifter.Templates.Tests.ConsulTemplate;

namespace TrafficShifter.Templates.Tests;

/// <summary>The repository's own templates, rendered over a real Consul.</summary>
internal static class Templates
{
    public static readonly string Folder = Path.Combine(PeerLocator.RepositoryRoot, "consul-templates");

    public static IReadOnlyList<string> Names { get; } = ["runtime", "haproxy.cfg", "apps.map", "hosts.map", "backends.map"];

    public static string Read(string name) => File.ReadAllText(Path.Combine(Folder, name + ".ctmpl"));

    /// <summary>Null: nothing would be written.</summary>
    public static Task<string?> RenderAsync(string name, Uri consul, string prefix) =>
        Renderer.RenderAsync(Read(name), consul, new Dictionary<string, string> { ["TRAFFIC_SHIFTER_PREFIX"] = prefix });
}
