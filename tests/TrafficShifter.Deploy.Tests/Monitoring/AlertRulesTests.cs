using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using TrafficShifter.Demo.Peers;
using TrafficShifter.VictoriaMetrics;

namespace TrafficShifter.Deploy.Tests.Monitoring;

/// <summary>The alert rules: VictoriaMetrics' own vmalert takes them, each fires when it should and not before, and the runbook says what to do.</summary>
public sealed partial class AlertRulesTests
{
    [Fact]
    public async Task Vmalert_takes_the_file() => (await DryRunAsync(AlertFile.Path)).Code.ShouldBe(0);

    [Fact]
    public async Task Vmalert_refuses_a_rule_that_is_none()
    {
        var broken = Path.Combine(Directory.CreateTempSubdirectory("alerts-").FullName, "alerts.yml");
        await File.WriteAllTextAsync(broken, (await File.ReadAllTextAsync(AlertFile.Path)).Replace("increase(trafficshifter_dead_letters_total[10m])", "increase(trafficshifter_dead_letters_total[10m]", StringComparison.Ordinal));

        (await DryRunAsync(broken)).Code.ShouldNotBe(0);
        Directory.Delete(Path.GetDirectoryName(broken)!, recursive: true);
    }

    [Fact]
    public void Each_has_a_severity_a_summary_and_an_entry_in_the_runbook()
    {
        var anchors = Headings().Matches(File.ReadAllText(Path.Combine(PeerLocator.RepositoryRoot, "docs", "runbook.md")))
            .Select(h => "docs/runbook.md#" + NotInAnchors().Replace(h.Groups[1].Value.ToLowerInvariant(), "").Replace(' ', '-')).ToList();

        foreach (var rule in AlertFile.Read())
        {
            rule.Alert.ShouldStartWith("TrafficShifter");
            rule.Labels["severity"].ShouldBeOneOf("page", "ticket", "info");
            rule.Annotations["summary"].ShouldNotBeNullOrWhiteSpace(rule.Alert);
            rule.Annotations["description"].ShouldNotBeNullOrWhiteSpace(rule.Alert);
            anchors.ShouldContain(rule.Annotations["runbook"], rule.Alert);
        }
        AlertFile.Read().Select(r => r.Alert).ShouldBeUnique();
    }

    [Fact]
    public async Task Each_asks_for_metrics_that_the_server_exposes()
    {
        var exposed = await ExposedNames.ReadAsync();

        foreach (var rule in AlertFile.Read())
        {
            var asked = ExposedNames.In(rule.Expr).ToList();
            asked.ShouldNotBeEmpty(rule.Alert);
            foreach (var name in asked) exposed.ShouldContain(name, rule.Alert);
        }
    }

    [Fact]
    public async Task None_fires_while_all_is_well_and_each_when_what_it_tells_of_happens()
    {
        await using var metrics = await VictoriaMetricsProcess.StartAsync();
        using var client = new VictoriaMetricsClient(new VictoriaMetricsOptions { Address = metrics.Address, Timeout = TimeSpan.FromSeconds(30) }, TimeProvider.System);
        var source = new VictoriaMetricsSource(client, TimeProvider.System);
        var rules = AlertFile.Read();
        rules.Select(r => r.Alert).ShouldBe(AlertCases.Bad.Keys, ignoreOrder: true, "each alert has a case");

        await ImportAsync(metrics, AlertCases.Well);
        foreach (var rule in rules) (await CountAsync(source, rule.Expr)).ShouldBe(0, rule.Alert);
        foreach (var rule in rules)
        {
            // A series of its own for each, so that what one case imports is no other's.
            await using var alone = await VictoriaMetricsProcess.StartAsync();
            using var asked = new VictoriaMetricsClient(new VictoriaMetricsOptions { Address = alone.Address, Timeout = TimeSpan.FromSeconds(30) }, TimeProvider.System);
            await ImportAsync(alone, AlertCases.Bad[rule.Alert]);
            (await CountAsync(new VictoriaMetricsSource(asked, TimeProvider.System), rule.Expr)).ShouldBeGreaterThan(0, rule.Alert);
        }
    }

    private static async Task<double> CountAsync(VictoriaMetricsSource source, string expression) =>
        (await source.QueryAsync($"count({expression}) or vector(0)", CancellationToken.None)).ShouldBeOfType<Core.Ports.QueryAnswer.Value>(expression).Number;

    /// <summary>Each series for twenty minutes as it was, and since the last scrape as it is: <c>name{labels} THEN NOW</c>.</summary>
    private static async Task ImportAsync(VictoriaMetricsProcess metrics, string series)
    {
        var now = DateTimeOffset.UtcNow;
        var lines = from line in series.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
                    let words = line.Split(' ')
                    from sample in Enumerable.Range(1, 80).Select(i => (Value: words[1], At: now.AddSeconds(-15 * i))).Append((Value: words[2], At: now.AddSeconds(-1)))
                    select string.Create(CultureInfo.InvariantCulture, $"{words[0]} {sample.Value} {sample.At.ToUnixTimeMilliseconds()}\n");
        await metrics.ImportAsync(string.Concat(lines));
        await metrics.FlushAsync();
    }

    private static async Task<(int Code, string Words)> DryRunAsync(string file)
    {
        using var vmalert = Process.Start(new ProcessStartInfo(PeerLocator.Find("vmalert"), [$"-rule={file}", "-dryRun"]) { RedirectStandardError = true })!;
        var words = await vmalert.StandardError.ReadToEndAsync();
        await vmalert.WaitForExitAsync();
        return (vmalert.ExitCode, words);
    }

    [GeneratedRegex("^## (.+)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"[^a-z0-9 _-]")]
    private static partial Regex NotInAnchors();
}
