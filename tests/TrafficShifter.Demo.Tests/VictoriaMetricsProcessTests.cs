using System.Globalization;
using Microsoft.AspNetCore.Http;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Upstream;

namespace TrafficShifter.Demo.Tests;

public sealed class VictoriaMetricsProcessTests
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task Imported_samples_are_seen_after_a_flush()
    {
        await using var metrics = await VictoriaMetricsProcess.StartAsync();

        await metrics.ImportAsync("requests_total{colour=\"green\"} 42\n");
        await metrics.FlushAsync();

        (await QueryAsync(metrics, "requests_total")).ShouldContain("\"42\"");
    }

    [Fact]
    public async Task Lines_that_are_not_samples_are_refused_or_dropped_but_never_stored()
    {
        await using var metrics = await VictoriaMetricsProcess.StartAsync();

        await metrics.ImportAsync("requests_total{colour= 42\ngood_total 1\n");
        await metrics.FlushAsync();

        (await QueryAsync(metrics, "good_total")).ShouldContain("\"1\"");
        (await QueryAsync(metrics, "requests_total")).ShouldContain("\"result\":[]");
    }

    [Fact]
    public async Task Samples_and_address_outlive_a_restart()
    {
        await using var metrics = await VictoriaMetricsProcess.StartAsync();
        await metrics.ImportAsync("requests_total 42\n");
        await metrics.FlushAsync();
        var (address, pid) = (metrics.Address, metrics.Pid);

        await metrics.StopAsync();
        metrics.HasExited.ShouldBeTrue();
        await metrics.RestartAsync();

        metrics.Address.ShouldBe(address);
        metrics.Pid.ShouldNotBe(pid);
        (await QueryAsync(metrics, "requests_total")).ShouldContain("\"42\"");
    }

    [Fact]
    public async Task Exporters_are_scraped_under_their_nodes_name()
    {
        var port = FreePorts.Take();
        await using var exporter = await QuietWeb.StartAsync("exporter", [port], context => context.Response.WriteAsync("haproxy_up_total 7\n"), CancellationToken.None);
        await using var metrics = await VictoriaMetricsProcess.StartAsync([new ScrapeTarget("hap1", port), new ScrapeTarget("hap2", FreePorts.Take())]);

        // Asked for `up` first: a series that is asked for before it exists may stay unseen for seconds.
        await Eventually.ItIsTrueThatAsync("hap1 is up and hap2 is not", () => QueryAsync(metrics, "up"),
            answer => answer.Contains("\"1\"", StringComparison.Ordinal) && answer.Contains("\"0\"", StringComparison.Ordinal));
        (await QueryAsync(metrics, "haproxy_up_total{node=\"hap1\"}")).ShouldContain("\"7\"");
    }

    [Fact]
    public async Task A_program_that_ends_while_starting_is_reported_with_what_it_wrote()
    {
        var port = FreePorts.Take();
        await using var other = await QuietWeb.StartAsync("other", [port], context => { context.Response.StatusCode = 503; return Task.CompletedTask; }, CancellationToken.None);

        var failure = await Should.ThrowAsync<PeerException>(() => VictoriaMetricsProcess.StartAsync(port: port));

        failure.Message.ShouldContain("victoria-metrics ended");
        failure.Message.ShouldContain("address already in use");
    }

    private static async Task<string> QueryAsync(VictoriaMetricsProcess metrics, string query)
    {
        await metrics.FlushAsync();
        // Without a time of its own a query is asked for the last whole second, which a new sample is younger than.
        var now = (DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000m).ToString(CultureInfo.InvariantCulture);
        return await Http.GetStringAsync(new Uri(metrics.Address, $"api/v1/query?nocache=1&time={now}&query={Uri.EscapeDataString(query)}"));
    }
}
