using System.Diagnostics.Metrics;
using System.Reflection;
using System.Text.RegularExpressions;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Telemetry;

namespace TrafficShifter.Deploy.Tests.Monitoring;

/// <summary>The names of metrics that a server with all roles exposes, as it says itself.</summary>
internal static partial class ExposedNames
{
    /// <summary>Starts a server, and asks which instruments it has. What it counts from the access log has names of its own.</summary>
    public static async Task<IReadOnlySet<string>> ReadAsync()
    {
        var folder = Directory.CreateTempSubdirectory("exposed-");
        try
        {
            await using var server = ServerHost.Build(["--Urls=http://127.0.0.1:0", $"--DataDirectory={folder.FullName}", "--Logging:Level=Fatal", "--Agent:Nodes:0:Name=hap1", "--Agent:Nodes:0:RuntimeApi=127.0.0.1:1"]);
            await server.StartAsync();
            var names = new HashSet<string>(["up", .. EvidenceNames()]);
            using var listener = new MeterListener();
            listener.InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == ServerMeter.Name) names.Add(instrument.Name);
            };
            listener.Start();
            await server.StopAsync();
            return names;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>The metrics that an expression names: words before a brace, a range or an operator that are neither functions nor labels.</summary>
    public static IEnumerable<string> In(string expression) => Metric().Matches(expression).Select(m => m.Value).Distinct();

    private static IEnumerable<string> EvidenceNames() => typeof(EvidenceSeries).GetFields(BindingFlags.Public | BindingFlags.Static).Select(f => (string)f.GetRawConstantValue()!).Where(name => name.StartsWith("trafficshifter_", StringComparison.Ordinal));

    [GeneratedRegex(@"\btrafficshifter_\w+|\bup\b(?=\{)")]
    private static partial Regex Metric();
}
