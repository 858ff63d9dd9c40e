using TrafficShifter.Core.Analysis.Tiles;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Benchmarks.Judging;

/// <summary>The shipped judge as the controller drives it: a rollout's tiles go into <see cref="RolloutJudge"/>, and what its report says is done. Its constants come from the history of this very rollout.</summary>
internal sealed class OurRule : Rule
{
    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(World.TickSeconds);
    private static readonly RolloutId Id = RolloutId.Of(AppName.Parse("simulated"), "01jd2x3y4z5a6b7c8d9e0f1g2h");
    private readonly RolloutJudge _judge;
    private readonly IReadOnlyList<LatencyTest> _tests;
    private Rollout _rollout;
    private ServingSpan _span = new(0, DateTimeOffset.UnixEpoch);

    private OurRule(Rollout rollout, RolloutJudge judge, IReadOnlyList<LatencyTest> tests) => (_rollout, _judge, _tests) = (rollout, judge, tests);

    /// <summary>As Flagger has them with its usual step.</summary>
    public static IReadOnlyList<Share> TenPercentSteps { get; } = [.. Enumerable.Range(1, 5).Select(i => Core.Traffic.Share.OfBasisPoints(1000 * i))];

    public override double Share => _rollout.Plan.Steps[_rollout.Step].Share.Ratio;

    public static IReadOnlyList<Share> SharesFor(double requestsPerSecond) => FirstStep.Series(requestsPerSecond);

    public static OurRule Start(World world, Latencies latencies, IReadOnlyList<Share> shares)
    {
        var plan = PlanOf(shares);
        var rollout = RolloutEngine.Create(Id, plan, new AppState { Stable = Colour.Blue }, 0, "bench", null, DateTimeOffset.UnixEpoch) with { Phase = RolloutPhase.Progressing, Counting = true };
        // The bounds of the difference are for people, and take no part in a verdict.
        return new(rollout, new RolloutJudge(Judge.Start(Constants(world, latencies, plan), interval: false)), latencies.Tests);
    }

    public static Plan PlanOf(IReadOnlyList<Share> shares) =>
        new() { Steps = [.. shares.Select(s => new Step(s, TimeSpan.Zero))], Checks = [], Judge = new JudgePlan { OnNoEvidence = OnNoEvidence.Advance } };

    public static JudgeConstants Constants(World world, Latencies latencies, Plan plan)
    {
        var history = world.History();
        var requests = history.Sum(c => c.RequestsA + c.RequestsB);
        var baseline = new JudgeBaseline
        {
            ErrorRatio = history.Sum(c => c.BadA + c.BadB) / (double)Math.Max(1, requests),
            Phi = OverDispersion.Estimate(history),
            Latency = latencies.Tests,
        };
        return plan.Judge!.ConstantsOf(plan, baseline, Tick);
    }

    public override Ending Observe(WorldTick tick, double seconds)
    {
        var now = DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(seconds);
        _judge.Count(CountsOf(tick, now), _rollout, _span, isUnreachable: false);
        switch (_judge.Report(_rollout, now).Action)
        {
            case JudgeAction.RollBack:
                return Ending.RolledBack;
            case JudgeAction.Advance when _rollout.Step + 1 == _rollout.Plan.Steps.Count:
                return Ending.Promoted;
            case JudgeAction.Advance:
                _rollout = _rollout with { Step = _rollout.Step + 1 };
                _span = new ServingSpan(_rollout.Step, now);
                return Ending.GoingOn;
            default:
                return Ending.GoingOn;
        }
    }

    /// <summary>A tile as the agents' histograms make it.</summary>
    private RolloutCounts CountsOf(WorldTick tick, DateTimeOffset end) => new(
        end, Tick,
        new ColourCounts(tick.Errors.CandidateRequests, tick.Errors.CandidateBad) { Latency = Answers(tick.Errors.CandidateRequests, tick.Slow50.CandidateBad, tick.Slow90.CandidateBad, tick.Slow99.CandidateBad) },
        new ColourCounts(tick.Errors.StableRequests, tick.Errors.StableBad) { Latency = Answers(tick.Errors.StableRequests, tick.Slow50.StableBad, tick.Slow90.StableBad, tick.Slow99.StableBad) },
        Problem: null);

    private LatencyCounts Answers(long requests, params ReadOnlySpan<long> slow)
    {
        var buckets = new KeyValuePair<double, long>[_tests.Count + 1];
        for (var i = 0; i < _tests.Count; i++) buckets[i] = new(_tests[i].AboveSeconds!.Value, requests - slow[i]);
        buckets[^1] = new(double.PositiveInfinity, requests);
        return LatencyCounts.Of(buckets);
    }
}
