using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Benchmarks.Judging;

/// <summary>The shipped judge, with constants from the history of this very rollout.</summary>
internal sealed class OurRule : Rule
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(World.TickSeconds);
    private readonly Judge _judge;
    private readonly IReadOnlyList<Share> _shares;
    private int _step = 1;

    private OurRule(Judge judge, IReadOnlyList<Share> shares) => (_judge, _shares) = (judge, shares);

    /// <summary>As Flagger has them with its usual step.</summary>
    public static IReadOnlyList<Share> TenPercentSteps { get; } = [.. Enumerable.Range(1, 5).Select(i => Core.Traffic.Share.OfBasisPoints(1000 * i))];

    public override double Share => _shares[_step - 1].Ratio;

    public static IReadOnlyList<Share> SharesFor(double requestsPerSecond) => FirstStep.Series(requestsPerSecond);

    public static OurRule Start(World world, Latencies latencies, IReadOnlyList<Share> shares) => new(Judge.Start(Constants(world, latencies, shares.Count), interval: false), shares);

    public static JudgeConstants Constants(World world, Latencies latencies, int steps)
    {
        var history = world.History();
        var requests = history.Sum(c => c.RequestsA + c.RequestsB);
        var baseline = new JudgeBaseline
        {
            ErrorRatio = history.Sum(c => c.BadA + c.BadB) / (double)Math.Max(1, requests),
            Phi = OverDispersion.Estimate(history),
            Latency = latencies.Tests,
        };
        return baseline.Apply(new JudgeConstants { Tick = Tick, Steps = steps, OnNoEvidence = OnNoEvidence.Advance });
    }

    public static JudgeTick TickOf(WorldTick tick, double seconds, int step, Share share) => new()
    {
        At = DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(seconds),
        Length = Tick,
        Step = step,
        Share = share,
        Errors = tick.Errors,
        Slow50 = tick.Slow50,
        Slow90 = tick.Slow90,
        Slow99 = tick.Slow99,
    };

    public override Ending Observe(WorldTick tick, double seconds)
    {
        var verdict = _judge.Observe(TickOf(tick, seconds, _step, _shares[_step - 1]));
        if (verdict.Action == JudgeAction.RollBack) return Ending.RolledBack;
        if (verdict.Action != JudgeAction.Advance) return Ending.GoingOn;
        return _step++ == _shares.Count ? Ending.Promoted : Ending.GoingOn;
    }
}
