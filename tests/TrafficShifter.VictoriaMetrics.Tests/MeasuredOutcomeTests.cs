using System.Globalization;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.VictoriaMetrics.Tests;

/// <summary>What a check makes of everything that metrics do in practice: the stated outcome each time, on a real VictoriaMetrics where it can be made to happen.</summary>
public sealed class MeasuredOutcomeTests(MeasuredOutcomeTests.Fixture fixture) : IClassFixture<MeasuredOutcomeTests.Fixture>
{
    private static readonly Check Errors = new() { Name = "errors", Query = "", Max = 0.01, Window = TimeSpan.FromMinutes(1) };

    /// <summary>Every minute of the window has a sample, a counter falls from 5,000 to 0 in the middle of it, and another one stopped 30 s ago.</summary>
    [Theory]
    [InlineData("a good value", "outcome_ratio{kind=\"good\"}", "passed", "0.001 is within max 0.01")]
    [InlineData("a bad value", "outcome_ratio{kind=\"bad\"}", "failed", "0.5 is beyond max 0.01")]
    [InlineData("an absent series", "outcome_ratio{kind=\"none\"}", "insufficient", "the query returned no data")]
    [InlineData("0/0", "outcome_ratio{kind=\"good\"} * 0 / 0", "insufficient", "the query returned no data")]
    [InlineData("NaN", "outcome_ratio{kind=\"good\"} * NaN", "insufficient", "the query returned no data")]
    [InlineData("1/0", "1/0", "error", "was refused")]
    [InlineData("two series", "outcome_ratio", "error", "returned 2 series, not one")]
    [InlineData("no query", "nofunction(up)", "error", "was refused")]
    [InlineData("a counter reset", "increase(outcome_total{kind=\"reset\"}[60s]) / 1e6", "passed", "is within max 0.01")]
    [InlineData("late by 30 s, a window of a minute", "increase(outcome_total{kind=\"late\"}[60s]) > bool 0", "failed", "1 is beyond max 0.01")]
    [InlineData("late by 30 s, a window of 10 s", "increase(outcome_total{kind=\"late\"}[10s])", "insufficient", "the query returned no data")]
    public async Task On_a_real_one(string what, string query, string outcome, string words)
    {
        var measured = await MeasureAsync(fixture.Source, query);
        measured.GetType().Name.ToLowerInvariant().ShouldBe(outcome, $"{what}: {measured.Sentence}");
        measured.Sentence.ShouldContain(words);
        (measured.Query, measured.Limit).ShouldBe((query, "max 0.01"));
    }

    [Fact]
    public async Task A_counter_that_begins_anew_is_counted_on_and_never_backwards()
    {
        var measured = await MeasureAsync(fixture.Source, "increase(outcome_total{kind=\"reset\"}[60s])", Errors with { Max = 1_000_000 });
        // Fifty a sample before and after it fell from 5,000: a difference would be some -4,000.
        measured.ShouldBeOfType<Measurement.Passed>().Value!.Value.ShouldBeInRange(200, 700);
    }

    [Theory]
    [InlineData(10, "error", "the metric source's clock is 10 s away from this server's (at most 2 s)")]
    [InlineData(-10, "error", "the metric source's clock is -10 s away from this server's (at most 2 s)")]
    [InlineData(1, "passed", "0.001 is within max 0.01")]
    public async Task Its_clock_is_off(int seconds, string outcome, string words)
    {
        var measured = await MeasureAsync(fixture.Source, "outcome_ratio{kind=\"good\"}", skew: TimeSpan.FromSeconds(seconds));
        measured.GetType().Name.ToLowerInvariant().ShouldBe(outcome, measured.Sentence);
        measured.Sentence.ShouldContain(words);
    }

    [Fact]
    public async Task Down_it_is_an_error_with_its_address()
    {
        var down = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{FreePorts.Take()}"));
        (await MeasureAtAsync(down)).ShouldBeOfType<Measurement.Error>().Sentence.ShouldStartWith($"errors: could not be measured: VictoriaMetrics {down.ToString().TrimEnd('/')} could not be asked");
    }

    [Fact]
    public async Task Slower_than_the_timeout_it_is_an_error_that_says_so()
    {
        await using var stub = StubServer.Hanging();
        (await MeasureAtAsync(stub.Address)).ShouldBeOfType<Measurement.Error>().Sentence.ShouldEndWith("no answer within 0.2 s");
    }

    private static async Task<Measurement> MeasureAtAsync(Uri address)
    {
        using var client = new VictoriaMetricsClient(new VictoriaMetricsOptions { Address = address, Timeout = TimeSpan.FromMilliseconds(200) }, TimeProvider.System);
        return await MeasureAsync(new VictoriaMetricsSource(client, TimeProvider.System), "up");
    }

    private static async Task<Measurement> MeasureAsync(IMetricSource source, string query, Check? check = null, TimeSpan skew = default)
    {
        var routing = new Routing { Backend = ProxyName.Parse("shop") };
        var asked = Measuring.Resolve((check ?? Errors) with { Query = query }, TemplateValues.Of(AppName.Parse("shop"), routing, Colour.Green, Errors.Window));
        try
        {
            return Measuring.Measure(asked, await source.QueryAsync(asked.Query, default), null, skew, DateTimeOffset.UtcNow);
        }
        catch (MetricSourceUnavailableException away)
        {
            return Measuring.Unreachable(asked, away.Message, DateTimeOffset.UtcNow);
        }
    }

#pragma warning disable CA1001 // xunit calls DisposeAsync, which disposes the client.
    public sealed class Fixture : IAsyncLifetime
    {
        private VictoriaMetricsProcess? _process;
        private VictoriaMetricsClient? _client;

        public IMetricSource Source { get; private set; } = null!;

        public async Task InitializeAsync()
        {
            _process = await VictoriaMetricsProcess.StartAsync();
            _client = new VictoriaMetricsClient(new VictoriaMetricsOptions { Address = _process.Address, Timeout = TimeSpan.FromSeconds(30) }, TimeProvider.System);
            Source = new VictoriaMetricsSource(_client, TimeProvider.System);
            var now = DateTimeOffset.UtcNow;
            await _process.ImportAsync("outcome_ratio{kind=\"good\"} 0.001\noutcome_ratio{kind=\"bad\"} 0.5\n" + string.Concat(Enumerable.Range(0, 25).Select(Sample)));
            await _process.FlushAsync();

            // One every five seconds, up to now: 5,000 and more until 30 s ago, then from 0 again. The late one has nothing younger than 30 s.
            string Sample(int n)
            {
                var (age, at) = (TimeSpan.FromSeconds(120 - 5 * n), now.AddSeconds(-120 + 5 * n).ToUnixTimeMilliseconds());
                var reset = age > TimeSpan.FromSeconds(30) ? 5_000 + 50 * n : 50 * (n - 18);
                var late = age >= TimeSpan.FromSeconds(30) ? string.Create(CultureInfo.InvariantCulture, $"outcome_total{{kind=\"late\"}} {100 * n} {at}\n") : "";
                return string.Create(CultureInfo.InvariantCulture, $"outcome_total{{kind=\"reset\"}} {reset} {at}\n{late}");
            }
        }

        public async Task DisposeAsync()
        {
            _client?.Dispose();
            if (_process is not null) await _process.DisposeAsync();
        }
    }
}
