using System.Globalization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Analysis.Tiles;

/// <summary>The one query that reads a tile of all applications, and what its answer says.</summary>
/// <remarks>
/// The sum stands outside of increase(): so the counters of each node may begin anew, and what they counted is right. At the end of a tile the latest
/// sample may not have arrived yet; what says so looks ahead of the tile, by a negative offset.
/// </remarks>
public static class TileQuery
{
    private const string Part = "part";

    /// <summary>How far ahead of the tile's end later samples are looked for. A node that is scraped less often than this gives no evidence.</summary>
    public static readonly TimeSpan Ahead = TimeSpan.FromSeconds(10);

    /// <summary>To be asked at the end of the tile, any time later.</summary>
    public static string Of(TimeSpan length)
    {
        var tile = $"[{TemplateValues.Render(length)}]";
        return "union("
            + $"{Name("requests", $"sum by (app, colour) (increase({EvidenceSeries.Requests}{tile}))")}, "
            + $"{Name("bad", $"sum by (app, colour) (increase({EvidenceSeries.Bad}{tile}))")}, "
            + $"{Name("latency", $"sum by (app, colour, le) (increase({EvidenceSeries.LatencyBucket}{tile}))")}, "
            + $"{Name("targeted", $"sum by (app, colour, result) (increase({EvidenceSeries.Targeted}{tile}))")}, "
            + $"{Name("failedOver", $"sum by (app, colour) (increase({EvidenceSeries.FailedOver}{tile}))")}, "
            + $"{Name("lost", $"sum by (node) (increase({EvidenceSeries.Lost}{tile}))")}, "
            + $"{Name("receiving", $"min by (node) (min_over_time({EvidenceSeries.Receiving}{tile}))")}, "
            + $"{Name("seen", Seen)})";
    }

    /// <summary>When the latest sample of each node was taken, up to <see cref="Ahead"/> after the moment that is asked at: the part that says whether a tile can be whole, for a hundredth of its price.</summary>
    public static string Seen { get; } = $"min by (node) (tlast_over_time({EvidenceSeries.Receiving}[{TemplateValues.Render(Ahead)}] offset -{TemplateValues.Render(Ahead)}))";

    /// <summary>Reads the answer to <see cref="Seen"/>.</summary>
    public static IReadOnlyDictionary<string, DateTimeOffset> ReadSeen(SeriesAnswer.Found answer) => SeenUntil(answer.Series).ToDictionary(n => n.Node, n => n.Until);

    /// <summary>Reads the answer for the tile that ends at <paramref name="end"/>. A series that does not say whose it is counts for nothing.</summary>
    public static Tile Read(SeriesAnswer.Found answer, DateTimeOffset end, TimeSpan length)
    {
        var parts = answer.Series.ToLookup(s => s[Part]);
        var requests = Sum(parts["requests"]);
        var bad = Sum(parts["bad"]);
        var failedOver = Sum(parts["failedOver"]);
        var targeted = parts["targeted"].Where(s => FindSide(s) is not null).ToLookup(s => FindSide(s)!.Value, s => (s["result"], Count(s)));
        var latency = parts["latency"].Where(s => FindSide(s) is not null && FindBound(s) is not null)
            .ToLookup(s => FindSide(s)!.Value, s => new KeyValuePair<double, long>(FindBound(s)!.Value, Count(s)));
        var sides = requests.Keys.Union(bad.Keys).Union(targeted.Select(t => t.Key)).ToDictionary(side => side, side =>
        {
            var n = requests.GetValueOrDefault(side);
            return new ColourCounts(n, Math.Min(n, bad.GetValueOrDefault(side)))
            {
                Latency = LatencyCounts.Of(latency[side]),
                Targeted = new TargetedCounts(targeted[side].Where(t => t.Item1 == "good").Sum(t => t.Item2), targeted[side].Where(t => t.Item1 == "bad").Sum(t => t.Item2)),
                FailedOver = failedOver.GetValueOrDefault(side),
            };
        });
        return new Tile(end, length) { Sides = sides, Counted = requests.Keys.Intersect(bad.Keys).ToHashSet(), Nodes = ReadNodes(parts) };
    }

    /// <summary>A target of the scraper may stand for several nodes: <c>node="hap1,hap2"</c>.</summary>
    private static Dictionary<string, NodeEvidence> ReadNodes(ILookup<string, LabelledSeries> parts)
    {
        var lost = parts["lost"].ToDictionary(s => s["node"], Count);
        var receiving = parts["receiving"].ToDictionary(s => s["node"], s => s.Points[^1].Value >= 1);
        return SeenUntil(parts["seen"]).ToDictionary(n => n.Node, n => new NodeEvidence(receiving.GetValueOrDefault(n.Target), lost.GetValueOrDefault(n.Target), n.Until));
    }

    private static IEnumerable<(string Node, string Target, DateTimeOffset Until)> SeenUntil(IEnumerable<LabelledSeries> series) =>
        series.SelectMany(s => s["node"].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(node => (node, s["node"], DateTimeOffset.FromUnixTimeMilliseconds((long)Math.Floor(s.Points[^1].Value * 1000)))))
            .DistinctBy(n => n.node);

    private static Dictionary<(AppName, Colour), long> Sum(IEnumerable<LabelledSeries> series) =>
        series.Where(s => FindSide(s) is not null).GroupBy(s => FindSide(s)!.Value).ToDictionary(g => g.Key, g => g.Sum(Count));

    private static (AppName, Colour)? FindSide(LabelledSeries series) =>
        AppName.TryParse(series["app"], null, out var app) && series["colour"] is var word && (word == Colour.Blue.Word() || word == Colour.Green.Word())
            ? (app, word == Colour.Blue.Word() ? Colour.Blue : Colour.Green)
            : null;

    private static double? FindBound(LabelledSeries series) => series["le"] switch
    {
        "+Inf" => double.PositiveInfinity,
        var text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var bound) && bound >= 0 ? bound : null,
    };

    private static long Count(LabelledSeries series) => Math.Max(0, (long)Math.Round(series.Points[^1].Value));

    private static string Name(string part, string query) => $"label_set({query}, \"{Part}\", \"{part}\")";
}
