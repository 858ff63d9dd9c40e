using System.Diagnostics.Metrics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using TrafficShifter.Server.Telemetry;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Telemetry;

public sealed partial class MetricsTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Every_line_is_of_the_text_format_and_every_family_says_what_it_is()
    {
        var answer = (await _server.GetAsync("/metrics")).ShouldBe(HttpStatusCode.OK);

        answer.ContentType.ShouldBe("text/plain");
        answer.Text.ShouldEndWith("\n");
        var (helped, typed) = (new HashSet<string>(), new HashSet<string>());
        foreach (var line in answer.Text.TrimEnd('\n').Split('\n'))
        {
            if (Help().Match(line) is { Success: true } help) helped.Add(help.Groups[1].Value).ShouldBeTrue(line);
            else if (Kind().Match(line) is { Success: true } kind) typed.Add(kind.Groups[1].Value).ShouldBeTrue(line);
            else
            {
                var sample = Sample().Match(line);
                sample.Success.ShouldBeTrue(line);
                typed.ShouldContain(sample.Groups[1].Value);
                double.TryParse(sample.Groups[3].Value, CultureInfo.InvariantCulture, out _).ShouldBeTrue(line);
            }
        }
        helped.ShouldBe(typed, ignoreOrder: true);
        answer.Text.ShouldContain("trafficshifter_desired_share_ratio{app=\"shop\",colour=\"blue\"} 1\n");
        answer.Text.ShouldContain("trafficshifter_observed_share_ratio{app=\"shop\",colour=\"green\",node=\"hap1\"} 0\n");
        answer.Text.ShouldContain("trafficshifter_node_up{node=\"hap1\"} 1\n");
        answer.Text.ShouldContain("trafficshifter_weight_commands_total{node=\"hap1\"} ", customMessage: "counted before the first scrape");
        await _server.EventuallyAsync(() => _server.GetAsync("/metrics").Result.Text.Contains("trafficshifter_leader 1\n", StringComparison.Ordinal), "this process leading");
    }

    [Fact]
    public void Every_instrument_has_a_description_and_a_name_that_tells_its_unit()
    {
        var seen = new List<Instrument>();
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, _) =>
        {
            if (instrument.Meter.Name == ServerMeter.Name && ReferenceEquals(instrument.Meter.Scope, _server.Services.GetRequiredService<IMeterFactory>())) seen.Add(instrument);
        };
        listener.Start();

        seen.Count.ShouldBeGreaterThanOrEqualTo(13);
        foreach (var instrument in seen)
        {
            instrument.Name.ShouldMatch("^trafficshifter_[a-z]+(_[a-z]+)*$");
            instrument.Description.ShouldNotBeNull(instrument.Name).ShouldEndWith(".");
            instrument.Description!.ShouldNotContain("\n");
            var isCounter = instrument.GetType().Name.Contains("Counter", StringComparison.Ordinal);
            instrument.Name.EndsWith("_total", StringComparison.Ordinal).ShouldBe(isCounter, instrument.Name);
            if (instrument.Description!.StartsWith("Time ", StringComparison.Ordinal)) instrument.Name.ShouldEndWith("_seconds");
            if (instrument.Description.Contains("0 to 1", StringComparison.Ordinal)) instrument.Name.ShouldEndWith("_ratio");
        }
        seen.Select(i => i.Name).ShouldBeUnique();
    }

    [Fact]
    public void Labels_and_values_are_escaped_as_the_format_asks()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = services.GetRequiredService<IMeterFactory>();
        using var exposition = new Exposition(meters);
        var meter = meters.Create(ServerMeter.Name);
        meter.CreateCounter<long>("x_total", description: "A \\ and\na line.").Add(2, new KeyValuePair<string, object?>("reply", "a\\b\"c\nd"));
        meter.CreateHistogram<double>("x_seconds", description: "Time.").Record(0.3, new KeyValuePair<string, object?>("node", "n"));
        meter.CreateObservableGauge("x_ratio", () => double.PositiveInfinity, description: "Infinite.");
        meter.CreateObservableGauge("y_ratio", () => double.NaN, description: "Not a number.");

        var text = exposition.Write();

        text.ShouldContain("# HELP x_total A \\\\ and\\na line.\n# TYPE x_total counter\nx_total{reply=\"a\\\\b\\\"c\\nd\"} 2\n");
        text.ShouldContain("# TYPE x_seconds histogram\n");
        text.ShouldContain("x_seconds_bucket{node=\"n\",le=\"0.25\"} 0\nx_seconds_bucket{node=\"n\",le=\"0.5\"} 1\n");
        text.ShouldContain("x_seconds_bucket{node=\"n\",le=\"+Inf\"} 1\nx_seconds_sum{node=\"n\"} 0.3\nx_seconds_count{node=\"n\"} 1\n");
        text.ShouldContain("x_ratio +Inf\n");
        text.ShouldContain("y_ratio NaN\n");
    }

    [Fact]
    public async Task Another_meters_instruments_are_not_written()
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        services.GetRequiredService<IMeterFactory>().Create(ServerMeter.Name).CreateCounter<long>("foreign_total", description: "Of another server.").Add(1);

        (await _server.GetAsync("/metrics")).Text.ShouldNotContain("foreign_total");
    }

    [GeneratedRegex("^# HELP ([a-z_]+) \\S.*$")]
    private static partial Regex Help();

    [GeneratedRegex("^# TYPE ([a-z_]+) (counter|gauge|histogram)$")]
    private static partial Regex Kind();

    [GeneratedRegex("""^([a-z_]+)(\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z]+="(?:[^"\\\n]|\\["\\n])*")*\})? (\S+)$""")]
    private static partial Regex Sample();
}
