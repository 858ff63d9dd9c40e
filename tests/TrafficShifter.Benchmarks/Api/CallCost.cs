namespace TrafficShifter.Benchmarks.Api;

/// <summary>One kind of call over all rounds, beside the raw one: medians of the rounds, and of each round's own ratio.</summary>
internal sealed class CallCost
{
    private readonly List<(LoadResult Ours, LoadResult Raw)> _rounds = [];

    public double Rate => Median(r => r.Ours.RequestsPerSecond);

    public double P50Ms => Median(r => r.Ours.P50Ms);

    public double P99Ms => Median(r => r.Ours.P99Ms);

    public double RawRate => Median(r => r.Raw.RequestsPerSecond);

    public double RawP99Ms => Median(r => r.Raw.P99Ms);

    public double Ratio => Median(r => r.Ours.RequestsPerSecond / r.Raw.RequestsPerSecond);

    /// <summary>CPU of the server for one call.</summary>
    public double CpuMicroseconds => Median(r => r.Ours.CpuMicroseconds / r.Ours.Requests);

    public void Add(LoadResult ours, LoadResult raw) => _rounds.Add((ours, raw));

    private double Median(Func<(LoadResult Ours, LoadResult Raw), double> of)
    {
        var sorted = _rounds.Select(of).Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
