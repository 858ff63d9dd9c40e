using System.Globalization;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Analysis.Tiles;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>What is asked of the stable side's last six hours, or of its time since the last promotion, and what the answers say of it.</summary>
public static class BaselineQuery
{
    private static readonly TimeSpan Cell = TimeSpan.FromSeconds(60);
    private const string Part = "part";
    private const int Minutes = 30;

    /// <summary>Part of the requests that the smaller half needs at least. A side with one server has all of them in one half, but for the few that no server had.</summary>
    private const double LeastHalf = 0.05;

    /// <summary>The cells' ends: every 60 s of the last six hours in which the stable colour was the version that it is now. Null: that is too short a time.</summary>
    /// <param name="stableSince">See <see cref="AppState.StableSince"/>.</param>
    public static SeriesRange? RangeUntil(DateTimeOffset now, DateTimeOffset? stableSince)
    {
        var length = stableSince is { } since && now - since < JudgeBaseline.Length ? now - since : JudgeBaseline.Length;
        var cells = (int)Math.Floor(length / Cell);
        return cells < Minutes ? null : new(now - (cells - 1) * Cell, now, Cell);
    }

    /// <summary>Requests and bad requests of both halves of a colour's servers in each cell.</summary>
    public static string Halves(AppName app, Colour colour) =>
        $"union(label_set(sum by (half) (increase({EvidenceSeries.CoarseRequests}{Side(app, colour)}[60s])), \"{Part}\", \"requests\"), label_set(sum by (half) (increase({EvidenceSeries.CoarseBad}{Side(app, colour)}[60s])), \"{Part}\", \"bad\"))";

    /// <summary>How long the answers of a colour took, over all of the range, to be asked at its end.</summary>
    public static string Latency(AppName app, Colour colour, SeriesRange range) =>
        $"sum by (le) (increase({EvidenceSeries.CoarseLatencyBucket}{Side(app, colour)}[{TemplateValues.Render(range.To - range.From + Cell)}]))";

    /// <summary>Requests of an application per second, both colours, over the last ten minutes.</summary>
    public static string Rate(AppName app) => $"sum(rate({EvidenceSeries.CoarseRequests}{{app=\"{app}\"}}[10m]))";

    public static JudgeBaseline Read(SeriesAnswer.Found halves, SeriesAnswer.Found latency)
    {
        var a = new Cells(halves, "a");
        var b = new Cells(halves, "b");
        var moments = a.Requests.Keys.Union(b.Requests.Keys).Order().ToList();
        var cells = moments.ConvertAll(at => new HalfCounts(a.RequestsAt(at), a.BadAt(at), b.RequestsAt(at), b.BadAt(at)));
        var whole = cells.ConvertAll(c => (c.RequestsA + c.RequestsB, c.BadA + c.BadB));
        var answers = LatencyCounts.Of(latency.Series.Where(s => s["le"].Length > 0).Select(s => new KeyValuePair<double, long>(
            s["le"] == "+Inf" ? double.PositiveInfinity : double.Parse(s["le"], CultureInfo.InvariantCulture), (long)Math.Round(s.Points[^1].Value))));
        var (inA, inB) = (cells.Sum(c => c.RequestsA), cells.Sum(c => c.RequestsB));
        var isHalved = Math.Min(inA, inB) >= LeastHalf * (inA + inB);
        return Of(whole, isHalved ? OverDispersion.Estimate(cells) : null, LatencyTest.Choose(answers.ToHistogram(), answers.Total), latency: true);
    }

    /// <summary>The baseline of a plan that feeds its judge with queries: no halves, no latency.</summary>
    /// <remarks>An exporter may count a failure twice, as HAProxy's does with a reset, so errors come in twos at least.</remarks>
    public static JudgeBaseline ReadQueries(SeriesAnswer.Found requests, SeriesAnswer.Found bad)
    {
        var (all, failed) = (Cells.Sum(requests.Series), Cells.Sum(bad.Series));
        var baseline = Of([.. all.OrderBy(c => c.Key).Select(c => (c.Value, Math.Min(c.Value, failed.GetValueOrDefault(c.Key))))], null, [], latency: false);
        return baseline with { Phi = Math.Max(baseline.Phi, OverDispersion.Unknown) };
    }

    /// <summary>A cell without requests is no history, as of a night, or of a colour that was not there yet.</summary>
    private static JudgeBaseline Of(IEnumerable<(long Requests, long Bad)> all, double? phi, IReadOnlyList<LatencyTest> tests, bool latency)
    {
        var cells = all.Where(c => c.Requests > 0).ToList();
        var requests = cells.Sum(c => c.Requests);
        if (cells.Count < Minutes) return JudgeBaseline.Young(latency);
        return new JudgeBaseline { ErrorRatio = cells.Sum(c => c.Bad) / (double)requests, Phi = phi ?? OverDispersion.EstimateOverTime(cells), Latency = tests };
    }

    private static string Side(AppName app, Colour colour) => $"{{app=\"{app}\",colour=\"{colour.Word()}\"}}";

    /// <summary>One half's counts by the end of their cell.</summary>
    private sealed class Cells(SeriesAnswer.Found answer, string half)
    {
        private readonly Dictionary<DateTimeOffset, long> _bad = Sum(answer.Series.Where(s => s[Part] == "bad" && s[EvidenceSeries.HalfLabel] == half));

        public Dictionary<DateTimeOffset, long> Requests { get; } = Sum(answer.Series.Where(s => s[Part] == "requests" && s[EvidenceSeries.HalfLabel] == half));

        public long RequestsAt(DateTimeOffset at) => Requests.GetValueOrDefault(at);

        public long BadAt(DateTimeOffset at) => Math.Min(RequestsAt(at), _bad.GetValueOrDefault(at));

        public static Dictionary<DateTimeOffset, long> Sum(IEnumerable<LabelledSeries> series) =>
            series.SelectMany(s => s.Points).GroupBy(p => p.At).ToDictionary(p => p.Key, p => p.Sum(x => Math.Max(0, (long)Math.Round(x.Value))));
    }
}
