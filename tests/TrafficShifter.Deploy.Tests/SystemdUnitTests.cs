using System.Diagnostics;
using TrafficShifter.Consul;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.VictoriaMetrics;

namespace TrafficShifter.Deploy.Tests;

/// <summary>The units of <c>deploy/systemd</c>: systemd itself takes them, and their settings are the server's.</summary>
public sealed class SystemdUnitTests
{
    private static readonly string Units = Path.Combine(PeerLocator.RepositoryRoot, "deploy", "systemd");

    private static readonly Dictionary<string, Type> Sections = new()
    {
        [""] = typeof(ServerOptions), ["Consul:"] = typeof(ConsulOptions), ["VictoriaMetrics:"] = typeof(VictoriaMetricsOptions), ["Agent:"] = typeof(AgentOptions), ["Agent:Nodes:0:"] = typeof(NodeOptions),
    };

    [Theory]
    [InlineData("traffic-shifter.service")]
    [InlineData("traffic-shifter-agent.service")]
    public async Task Systemd_takes_the_unit(string unit)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Units, unit));

        (await VerifyAsync(unit, text)).ShouldBe((0, ""));
        (await VerifyAsync(unit, text.Replace("Restart=always", "Restart=ever", StringComparison.Ordinal))).Words.ShouldContain("ever");
    }

    /// <summary>systemd's own measure: 10 is open, 0 is closed.</summary>
    [Theory]
    [InlineData("traffic-shifter.service")]
    [InlineData("traffic-shifter-agent.service")]
    public async Task The_unit_gives_away_little(string unit) =>
        (await RunAsync("security", "--offline=true", "--threshold=20", Path.Combine(Units, unit))).Code.ShouldBe(0);

    [Theory]
    [InlineData("traffic-shifter.service", "server.env")]
    [InlineData("traffic-shifter-agent.service", "agent.env")]
    public async Task Every_setting_is_one_that_the_server_has(string unit, string file)
    {
        var text = await File.ReadAllTextAsync(Path.Combine(Units, unit));
        text.ShouldContain($"EnvironmentFile=/etc/traffic-shifter/{file}");
        var known = Sections.SelectMany(s => s.Value.GetProperties().Select(p => s.Key + p.Name)).Concat(["Urls", "AllowedHosts"]).ToHashSet();

        var settings = (await File.ReadAllLinesAsync(Path.Combine(Units, file))).Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('=')[0]).ToList();

        settings.ShouldNotBeEmpty();
        foreach (var setting in settings) known.ShouldContain(setting.Replace("__", ":", StringComparison.Ordinal));
    }

    /// <summary>With a program that is there: the installed one is not.</summary>
    private static async Task<(int Code, string Words)> VerifyAsync(string unit, string text)
    {
        var folder = Directory.CreateTempSubdirectory("units-").FullName;
        try
        {
            var file = Path.Combine(folder, unit);
            await File.WriteAllTextAsync(file, text.Replace("/usr/lib/traffic-shifter/TrafficShifter.Server", "/bin/true", StringComparison.Ordinal));
            return await RunAsync("verify", file);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<(int Code, string Words)> RunAsync(params string[] arguments)
    {
        using var systemd = Process.Start(new ProcessStartInfo(PeerLocator.Find("systemd-analyze"), arguments) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var output = systemd.StandardOutput.ReadToEndAsync();
        var words = await systemd.StandardError.ReadToEndAsync();
        await systemd.WaitForExitAsync();
        await output;
        return (systemd.ExitCode, words);
    }
}
