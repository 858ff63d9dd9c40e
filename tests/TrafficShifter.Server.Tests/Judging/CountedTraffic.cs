using System.Globalization;
using TrafficShifter.Core.Ports;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Judging;

/// <summary>What agents would count of "shop" and what a metric source would answer: as many requests a second as a test says, by the weights that HAProxy has.</summary>
internal sealed class CountedTraffic
{
    private readonly InMemoryMetricSource _metrics;
    private readonly TimeProvider _time;
    private readonly Dictionary<string, double> _owed = [];

    public CountedTraffic(InMemoryMetricSource metrics, TimeProvider time)
    {
        (_metrics, _time) = (metrics, time);
        metrics.SeriesBy = Answer;
    }

    public double RequestsPerSecond { get; set; } = 2_000;

    /// <summary>Green's part of the requests, 0 to 1.</summary>
    public Func<double> Green { get; set; } = () => 0;

    public double GreenErrors { get; set; } = 0.001;

    public double BlueErrors { get; set; } = 0.001;

    /// <summary>The part of green's answers that take longer than 0.1 s; of blue's it is 1 %.</summary>
    public double GreenSlow { get; set; } = 0.01;

    /// <summary>Green's requests that nobody could serve but blue.</summary>
    public double FailedOverPart { get; set; }

    public bool Receiving { get; set; } = true;

    public long Lost { get; set; }

    /// <summary>What was counted cannot be read, while the source answers everything else.</summary>
    public bool IsAway { get; set; }

    /// <summary>Reading what was counted fails as nobody thought of.</summary>
    public bool IsBroken { get; set; }

    /// <summary>Minutes of history.</summary>
    public int History { get; set; }

    private SeriesAnswer.Found Answer(string query, DateTimeOffset at)
    {
        if (IsAway) throw new MetricSourceUnavailableException("the storage is away");
        if (IsBroken) throw new InvalidOperationException("the unexpected");
        if (query.Contains("_evidence_receiving", StringComparison.Ordinal)) return new SeriesAnswer.Found([.. Tile(at)]);
        if (query.Contains("trafficshifter_app_requests_total", StringComparison.Ordinal)) return new SeriesAnswer.Found([.. Cells(at)]);
        if (query.Contains("trafficshifter_app_latency", StringComparison.Ordinal))
            return new SeriesAnswer.Found(History == 0 ? [] : [Of(50_000, at, ("le", "0.05")), Of(99_000, at, ("le", "0.1")), Of(100_000, at, ("le", "+Inf"))]);
        return new SeriesAnswer.Found([]);
    }

    private IEnumerable<LabelledSeries> Tile(DateTimeOffset at)
    {
        var seconds = 2.0;
        foreach (var (colour, part, errors, slow) in new[] { ("blue", 1 - Green(), BlueErrors, 0.01), ("green", Green(), GreenErrors, GreenSlow) })
        {
            var requests = Take($"{colour} requests", RequestsPerSecond * seconds * part);
            var bad = Math.Min(requests, Take($"{colour} bad", requests * errors));
            yield return Of(requests, at, ("part", "requests"), ("app", "shop"), ("colour", colour));
            yield return Of(bad, at, ("part", "bad"), ("app", "shop"), ("colour", colour));
            yield return Of(Math.Floor(requests * 0.5), at, ("part", "latency"), ("app", "shop"), ("colour", colour), ("le", "0.05"));
            yield return Of(requests - Take($"{colour} slow", requests * slow), at, ("part", "latency"), ("app", "shop"), ("colour", colour), ("le", "0.1"));
            yield return Of(requests, at, ("part", "latency"), ("app", "shop"), ("colour", colour), ("le", "+Inf"));
            yield return Of(7, at, ("part", "targeted"), ("app", "shop"), ("colour", colour), ("result", "good"));
            if (colour == "green") yield return Of(requests * FailedOverPart, at, ("part", "failedOver"), ("app", "shop"), ("colour", colour));
        }
        yield return Of(Receiving ? 1 : 0, at, ("part", "receiving"), ("node", "hap1"));
        yield return Of(Lost, at, ("part", "lost"), ("node", "hap1"));
        yield return Of((_time.GetUtcNow() + _metrics.Skew).ToUnixTimeMilliseconds() / 1000.0, at, ("part", "seen"), ("node", "hap1"));
    }

    private IEnumerable<LabelledSeries> Cells(DateTimeOffset to)
    {
        if (History == 0) yield break;
        foreach (var half in new[] { "a", "b" })
        {
            yield return Cell("requests", half, 60_000, to);
            yield return Cell("bad", half, 60, to);
        }
    }

    private LabelledSeries Cell(string part, string half, double value, DateTimeOffset to) => new(
        new Dictionary<string, string> { ["part"] = part, ["half"] = half }, [.. Enumerable.Range(0, History).Select(i => new SeriesPoint(to.AddMinutes(i + 1 - History), value))]);

    /// <summary>Whole numbers that add up to what was wanted.</summary>
    private double Take(string what, double wanted)
    {
        var owed = _owed.GetValueOrDefault(what) + wanted;
        _owed[what] = owed - Math.Floor(owed);
        return Math.Floor(owed);
    }

    private static LabelledSeries Of(double value, DateTimeOffset at, params (string Name, string Value)[] labels) =>
        new(labels.ToDictionary(l => l.Name, l => l.Value.ToString(CultureInfo.InvariantCulture)), [new SeriesPoint(at, value)]);
}
