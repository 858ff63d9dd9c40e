namespace TrafficShifter.Core.Judging;

/// <summary>The comparison of slow requests at one bound, with a stake and batches of its own. Without a count it waits.</summary>
internal sealed class LatencyProcess(LatencyQuantile quantile, int bets)
{
    public LatencyQuantile Quantile => quantile;

    public Mixture Mixture { get; } = new(bets);

    public PendingBatch Pending { get; } = new();
}
