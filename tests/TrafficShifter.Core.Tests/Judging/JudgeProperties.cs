using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Judging;

namespace TrafficShifter.Core.Tests.Judging;

/// <summary>What holds for every sequence of ticks.</summary>
public sealed class JudgeProperties
{
    private static readonly JudgeConstants Constants = new() { Latency = LatencyTest.All, Weights = EvidenceWeights.For(true, true), EvalTicks = 10, Steps = 4, Phi = 1.5 };

    private static readonly Gen<SideCounts> Counts =
        from candidate in Gen.Choose(0, 40)
        from candidateBad in Gen.Choose(0, candidate)
        from stable in Gen.Choose(0, 400)
        from stableBad in Gen.Frequency((5, Gen.Choose(0, Math.Min(3, stable))), (1, Gen.Choose(0, stable)))
        select new SideCounts(candidate, Math.Min(candidateBad, 3), stable, stableBad);

    private static readonly Gen<Made[]> Sequences =
        (from step in Gen.Choose(1, 4)
         from errors in Counts
         from slow in Gen.OneOf(Counts.Select(c => (SideCounts?)c), Gen.Constant((SideCounts?)null))
         from seconds in Gen.Choose(1, 30)
         select new Made(step, errors, slow, seconds)).ArrayOf();

    [Fact]
    public void Never_more_than_the_whole_stake_is_placed() => ForAll((judge, _) =>
    {
        var state = judge.Save();
        foreach (var mixture in state.Latency.Append(state.Relative).Append(state.Absolute).Concat(state.Interval!.Worse))
        {
            (mixture.Spent + mixture.Carry).ShouldBeLessThanOrEqualTo(1 + 1e-9);
            mixture.Wealth.ShouldAllBe(w => w >= 0 && w <= 1e12);
        }
    });

    [Fact]
    public void Judge_restored_at_any_tick_says_the_same()
    {
        Prop.ForAll(Sequences.ToArbitrary(), made =>
        {
            var (whole, broken) = (Judge.Start(Constants), Judge.Start(Constants));
            foreach (var tick in Play(made))
            {
                broken = Judge.Restore(JsonSerializer.Deserialize<JudgeState>(DocumentJson.Write(broken.Save("shop-1")), DocumentJson.Options)!);
                broken.Observe(tick).ShouldBe(whole.Observe(tick));
            }
            DocumentJson.Write(broken.Save()).ShouldBe(DocumentJson.Write(whole.Save()));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(40));
    }

    [Fact]
    public void P_only_falls_the_bounds_only_narrow_and_a_rollback_stays() => ForAll((judge, verdicts) =>
    {
        foreach (var (before, after) in verdicts.Zip(verdicts.Skip(1)))
        {
            after.Verdict.PAnytime.ShouldBeLessThanOrEqualTo(before.Verdict.PAnytime);
            (after.Lower >= before.Lower || before.Lower is null).ShouldBeTrue();
            (after.Upper <= before.Upper || before.Upper is null).ShouldBeTrue();
            if (before.Verdict is { Action: JudgeAction.RollBack, Reason: JudgeReason.Worse }) after.Verdict.Action.ShouldBe(JudgeAction.RollBack);
        }
    });

    [Fact]
    public void More_errors_of_the_candidate_never_lower_suspicion() =>
        Prop.ForAll((from counts in Counts where counts.CandidateBad < counts.CandidateRequests select counts).ToArbitrary(), counts =>
        {
            JudgeVerdict Observe(SideCounts errors) => Judge.Start(Constants with { BatchMin = 1 }).Observe(new Ticks().Next(errors));

            Observe(counts with { CandidateBad = counts.CandidateBad + 1 }).ESus.ShouldBeGreaterThanOrEqualTo(Observe(counts).ESus * (1 - 1e-12));
        }).Check(Config.QuickThrowOnFailure);

    [Fact]
    public void Guard_only_takes_evidence_away() => ForAll((_, verdicts) =>
    {
        foreach (var (verdict, _, _) in verdicts)
        {
            verdict.ERoll.ShouldBeLessThanOrEqualTo(verdict.ESus);
            if (verdict.GuardPassed) verdict.ERoll.ShouldBe(verdict.ESus);
        }
    });

    private static void ForAll(Action<Judge, IReadOnlyList<(JudgeVerdict Verdict, double? Lower, double? Upper)>> holds) =>
        Prop.ForAll(Sequences.ToArbitrary(), made =>
        {
            var judge = Judge.Start(Constants);
            var verdicts = new List<(JudgeVerdict, double?, double?)>();
            foreach (var tick in Play(made)) verdicts.Add((judge.Observe(tick), judge.Interval!.Lower, judge.Interval.Upper));
            holds(judge, verdicts);
        }).Check(Config.QuickThrowOnFailure);

    private static IEnumerable<JudgeTick> Play(Made[] made)
    {
        var at = DateTimeOffset.UnixEpoch;
        foreach (var tick in made)
        {
            at += TimeSpan.FromSeconds(tick.Seconds);
            yield return new JudgeTick { At = at, Length = TimeSpan.FromSeconds(tick.Seconds), Step = tick.Step, Errors = tick.Errors, Slow50 = tick.Slow, Slow99 = tick.Slow };
        }
    }

    private sealed record Made(int Step, SideCounts Errors, SideCounts? Slow, int Seconds);
}
