using System.Globalization;
using System.Text;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Analysis.Tiles;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.VictoriaMetrics.Tests;

#pragma warning disable CA1001 // xunit calls DisposeAsync, which disposes the client.
/// <summary>Tiles on a real VictoriaMetrics: their sums are what was counted, to the request.</summary>
public sealed class TileQueryTests : IAsyncLifetime
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2);
    private static readonly AppName Shop = AppName.Parse("shop");
    private readonly StringBuilder _samples = new();
    private VictoriaMetricsProcess _process = null!;
    private VictoriaMetricsClient _client = null!;
    private VictoriaMetricsSource _source = null!;
    private DateTimeOffset _begin;

    public async Task InitializeAsync()
    {
        _process = await VictoriaMetricsProcess.StartAsync();
        _client = new VictoriaMetricsClient(new VictoriaMetricsOptions { Address = _process.Address, Timeout = TimeSpan.FromSeconds(30) }, TimeProvider.System);
        _source = new VictoriaMetricsSource(_client, TimeProvider.System);
        _begin = new TileTimes(Length, TimeSpan.Zero).LatestEnd(DateTimeOffset.UtcNow.AddMinutes(-5));
    }

    public async Task DisposeAsync()
    {
        _client.Dispose();
        await _process.DisposeAsync();
    }

    /// <summary>Sixty seconds of three nodes, each scraped each second at a moment of its own: one restarts twice, one appears on the way, one is not scraped for five seconds.</summary>
    [Fact]
    public async Task Tiles_are_exact_over_restarts_gaps_and_series_that_appear()
    {
        var random = new Random(7);
        var truth = new Dictionary<(int Tile, Colour Colour), (long Requests, long Bad)>();
        foreach (var (node, offset, from) in new[] { ("hap1", 0.34, 0), ("hap2", 0.71, 0), ("hap3", 0.05, 21) })
        foreach (var colour in new[] { Colour.Blue, Colour.Green })
        foreach (var half in new[] { "a", "b" })
        {
            var (requests, bad) = (0L, 0L);
            var (owed, owedBad) = (0L, 0L);
            for (var second = from; second < 60; second++)
            {
                // A counter of a new process begins at 0, and is served before it counts.
                if (node == "hap1" && second is 17 or 30) (requests, bad) = (0, 0);
                else if (second > from)
                {
                    var more = random.Next(colour == Colour.Blue ? 2_000 : 20);
                    var worse = random.Next(more + 1) / 10;
                    (requests, bad, owed, owedBad) = (requests + more, bad + worse, owed + more, owedBad + worse);
                }
                if (node == "hap2" && second is >= 40 and < 45) continue;
                Sample($"{EvidenceSeries.Requests}{{app=\"shop\",colour=\"{colour.Word()}\",half=\"{half}\",node=\"{node}\"}}", requests, second + offset);
                Sample($"{EvidenceSeries.Bad}{{app=\"shop\",colour=\"{colour.Word()}\",half=\"{half}\",node=\"{node}\"}}", bad, second + offset);
                var tile = second / 2;
                var known = truth.GetValueOrDefault((tile, colour));
                truth[(tile, colour)] = (known.Requests + owed, known.Bad + owedBad);
                (owed, owedBad) = (0, 0);
            }
        }
        await ImportAsync();

        for (var i = 0; i < 30; i++)
        {
            var tile = await ReadAsync(i);
            foreach (var colour in new[] { Colour.Blue, Colour.Green })
                (tile.Of(Shop, colour).Requests, tile.Of(Shop, colour).Bad).ShouldBe(truth[(i, colour)], $"tile {i} of {colour}");
        }
    }

    [Fact]
    public async Task A_tile_says_of_each_node_whether_all_that_it_counted_is_there()
    {
        for (var second = 0; second < 12; second++)
        {
            Sample($"{EvidenceSeries.Receiving}{{node=\"hap1\"}}", 1, second + 0.4);
            Sample($"{EvidenceSeries.Receiving}{{node=\"hap2\"}}", second == 5 ? 0 : 1, second + 0.5);
            Sample($"{EvidenceSeries.Receiving}{{node=\"hap3,hap4\"}}", 1, second + 0.6);
            Sample($"{EvidenceSeries.Lost}{{reason=\"overflow\",node=\"hap1\"}}", second < 8 ? 0 : 12, second + 0.4);
            if (second < 3) Sample($"{EvidenceSeries.Receiving}{{node=\"hap5\"}}", 1, second + 0.7);
        }
        await ImportAsync();

        (await ReadAsync(0)).FindProblem(["hap1", "hap2", "hap3", "hap4", "hap5"]).ShouldBeNull();
        (await ReadAsync(0)).IsComplete(["hap1", "hap5"]).ShouldBeTrue();
        (await ReadAsync(1)).FindProblem(["hap1", "hap5"]).ShouldBe("nothing was heard of what node hap5 counted");
        (await ReadAsync(1)).IsComplete(["hap1", "hap5"]).ShouldBeFalse();
        (await ReadAsync(2)).FindProblem(["hap1", "hap2"]).ShouldBe("the agent of node hap2 does not receive HAProxy's access log");
        (await ReadAsync(4)).FindProblem(["hap1", "hap2"]).ShouldBe("12 log records of node hap1 were lost");
        (await ReadAsync(4)).FindProblem(["hap2", "hap4"]).ShouldBeNull();
        // The last one ends with the samples: those up to its end may still be on their way.
        (await ReadAsync(5)).FindProblem(["hap2"]).ShouldBe("nothing was heard of what node hap2 counted");
        (await ReadAsync(4)).FindProblem(["hap9"]).ShouldBe("nothing was heard of what node hap9 counted");
    }

    [Fact]
    public async Task Latency_targeted_requests_and_failovers_are_in_the_same_answer()
    {
        foreach (var second in new[] { 0, 1, 2, 3, 4 })
        {
            foreach (var (le, count) in new[] { ("0.01", 0), ("0.1", 90), ("1", 99), ("+Inf", 100) })
                Sample($"{EvidenceSeries.LatencyBucket}{{app=\"shop\",colour=\"green\",le=\"{le}\",node=\"hap1\"}}", count * second, second + 0.4);
            Sample($"{EvidenceSeries.Requests}{{app=\"shop\",colour=\"green\",half=\"a\",node=\"hap1\"}}", 100 * second, second + 0.4);
            Sample($"{EvidenceSeries.Targeted}{{app=\"shop\",colour=\"green\",result=\"good\",node=\"hap1\"}}", 5 * second, second + 0.4);
            Sample($"{EvidenceSeries.Targeted}{{app=\"shop\",colour=\"green\",result=\"bad\",node=\"hap1\"}}", 2 * second, second + 0.4);
            Sample($"{EvidenceSeries.FailedOver}{{app=\"shop\",colour=\"green\",node=\"hap1\"}}", 3 * second, second + 0.4);
            Sample($"{EvidenceSeries.Requests}{{app=\"not a name\",colour=\"green\",half=\"a\",node=\"hap1\"}}", 100 * second, second + 0.4);
            Sample($"{EvidenceSeries.Requests}{{app=\"shop\",colour=\"red\",half=\"a\",node=\"hap1\"}}", 100 * second, second + 0.4);
        }
        await ImportAsync();

        var tile = await ReadAsync(1);
        tile.Sides.Keys.ShouldBe([(Shop, Colour.Green)]);
        var green = tile.Of(Shop, Colour.Green);
        (green.Requests, green.Bad, green.Targeted, green.FailedOver).ShouldBe((200, 0, new TargetedCounts(10, 4), 6));
        (green.Latency.Total, green.Latency.Above(0.1), green.Latency.Above(1), Math.Round(green.Latency.Quantile(0.5)!.Value, 9)).ShouldBe((200, 20, 2, 0.06));
        tile.Of(Shop, Colour.Blue).ShouldBe(ColourCounts.None);
    }

    private void Sample(string series, long value, double second) =>
        _samples.Append(string.Create(CultureInfo.InvariantCulture, $"{series} {value} {_begin.AddSeconds(second).ToUnixTimeMilliseconds()}\n"));

    private async Task ImportAsync()
    {
        await _process.ImportAsync(_samples.ToString());
        await _process.FlushAsync();
    }

    private async Task<Tile> ReadAsync(int tile)
    {
        var end = _begin + (tile + 1) * Length;
        return TileQuery.Read((await _source.QuerySeriesAsync(TileQuery.Of(Length), end, default)).ShouldBeOfType<SeriesAnswer.Found>(), end, Length);
    }
}
