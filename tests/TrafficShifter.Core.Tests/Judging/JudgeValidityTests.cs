using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Judging;

/// <summary>Simulated rollouts at the very edge of what is tolerated, with seeds of their own: what the judge promises, counted.</summary>
public sealed class JudgeValidityTests
{
    private const int Rollouts = 2_000;
    private const int TicksInRollout = 150;

    [Fact]
    public void Candidate_at_the_edge_of_the_tolerance_is_rolled_back_in_less_than_one_of_a_hundred()
    {
        var random = new Random(20260301);
        var (back, sum) = (0, 0.0);
        for (var rollout = 0; rollout < Rollouts; rollout++)
        {
            var judge = Judge.Start(new JudgeConstants { BatchMin = 1, Weights = new(1, 0, 0) }, interval: false);
            var (ticks, ratio, verdict) = (new Ticks(), 0.02, default(JudgeVerdict));
            for (var tick = 0; tick < TicksInRollout; tick++)
            {
                // The stable side's ratio wanders, the share and the volume jump: all that a pooled test would fall for.
                ratio = Math.Clamp(ratio * Math.Exp(0.2 * (random.NextDouble() - 0.5)), 0.0005, 0.3);
                var share = 0.05 + 0.85 * random.NextDouble();
                var all = random.Next(20, 400);
                var candidate = Draw(random, all, share);
                ticks.Share = Share.OfBasisPoints((int)(share * 10_000));
                verdict = judge.Observe(ticks.Next(candidate, Draw(random, candidate, ratio + 0.0002), all - candidate, Draw(random, all - candidate, ratio)));
            }
            if (verdict.Action == JudgeAction.RollBack) back++;
            sum += verdict.E;
        }
        back.ShouldBeLessThanOrEqualTo(Rollouts / 100);
        (sum / Rollouts).ShouldBeLessThan(1);
    }

    [Fact]
    public void Candidate_worse_by_the_margin_is_called_good_in_less_than_one_of_twenty()
    {
        var random = new Random(20260302);
        var called = 0;
        for (var rollout = 0; rollout < Rollouts; rollout++)
        {
            var judge = Judge.Start(new JudgeConstants { BatchMin = 1, Weights = new(1, 0, 0) }, interval: false);
            var (ticks, good) = (new Ticks(), false);
            for (var tick = 0; tick < TicksInRollout && !good; tick++)
            {
                const double ratio = 0.02;
                good = judge.Observe(ticks.Next(40, Draw(random, 40, ratio + 0.01), 160, Draw(random, 160, ratio))).GoCoarse >= 20;
            }
            if (good) called++;
        }
        called.ShouldBeLessThanOrEqualTo(Rollouts / 20);
    }

    [Fact]
    public void Observing_allocates_nothing()
    {
        var judge = Judge.Start(new JudgeConstants { Latency = LatencyTest.All, Weights = EvidenceWeights.For(true, true) });
        var ticks = new Ticks();
        var made = Enumerable.Range(0, 2_000).Select(i => ticks.Next(new SideCounts(100, i % 3, 900, i % 4), new(100, 50, 900, 450), new(100, 10, 900, 90), new(100, 1, 900, 9)) with { Step = 1 + i / 500 }).ToArray();
        foreach (var tick in made.AsSpan(0, 1_000)) judge.Observe(tick);

        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var tick in made.AsSpan(1_000)) judge.Observe(tick);

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }

    private static long Draw(Random random, long n, double p)
    {
        var hits = 0L;
        // Gaps between hits are geometric: as many draws as hits, not as requests.
        for (var at = Gap(); at < n; at += 1 + Gap()) hits++;
        return hits;

        long Gap() => p >= 1 ? 0 : (long)Math.Min(long.MaxValue / 2, Math.Floor(Math.Log(1 - random.NextDouble()) / Math.Log(1 - p)));
    }
}
