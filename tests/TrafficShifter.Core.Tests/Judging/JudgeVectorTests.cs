using TrafficShifter.Core.Judging;

namespace TrafficShifter.Core.Tests.Judging;

/// <summary>Whole sequences, computed by an independent program: one tick is one batch, the guard looks at the tick itself, latency is held at 1.</summary>
public sealed class JudgeVectorTests
{
    /// <summary>All but the lengths of batches and of the guard's window are defaults.</summary>
    public static JudgeConstants OneTickIsOneBatch { get; } = new()
    {
        Weights = EvidenceWeights.For(absolute: true, latency: true),
        BatchMin = 1,
        Window = TimeSpan.FromSeconds(5),
    };

    private static readonly Expected[] Healthy =
    [
        new(50, 0, 450, 1, 0.7962441302391661, 0.487748646997164, 1.0, false, false, 1.3101221318356542, 0.7956717945190158, 1.0, "continue"),
        new(50, 0, 450, 0, 0.791155049336225, 0.4449614509256615, 1.0, false, false, 1.6953210343823515, 0.7845698148532448, 1.0, "continue"),
        new(50, 0, 450, 0, 0.786234856322461, 0.42531957506929696, 1.0, false, false, 2.2668568051166043, 0.7781813431750899, 1.0, "continue"),
        new(50, 1, 450, 1, 1.0101922593781905, 0.43065429909330794, 0.19, false, false, 1.0503913898775563, 0.8912269895077569, 1.0, "continue"),
        new(50, 0, 450, 0, 1.0005883754099623, 0.41706949210100774, 1.0, false, false, 1.2387865241432234, 0.8837080861251827, 1.0, "continue"),
        new(50, 0, 450, 0, 0.9912956847595993, 0.4087330198581972, 1.0, false, false, 1.4833498040977824, 0.8773944463514392, 1.0, "continue"),
        new(50, 0, 450, 1, 0.8840432639591184, 0.4034831471527001, 1.0, false, false, 1.8860414547663724, 0.8227182614100992, 1.0, "continue"),
        new(50, 0, 450, 0, 0.8785889915213485, 0.40008921372613415, 1.0, false, false, 2.3386278160912672, 0.819312338505901, 1.0, "continue"),
        new(50, 0, 450, 0, 0.8732600756927358, 0.3978166447653577, 1.0, false, false, 2.9451294938653607, 0.8161933667994394, 1.0, "continue"),
        new(50, 1, 450, 1, 1.1770924087422967, 0.3980710485491044, 0.19, false, false, 1.9445227444297173, 0.9681604140809692, 1.0, "continue"),
        new(50, 0, 450, 0, 1.1657916202264607, 0.3961236050933686, 1.0, false, false, 2.3924329381292058, 0.962120531131904, 1.0, "continue"),
        new(50, 0, 450, 0, 1.1547865655526688, 0.3947548722021127, 1.0, false, false, 2.988152441237545, 0.956344257216757, 1.0, "continue"),
    ];

    private static readonly Expected[] FivePointsWorse =
    [
        new(50, 2, 450, 0, 14.788786412029065, 1.1218648470341863, 0.010000000000000002, true, false, 0.5086011573695575, 7.91876617542137, 0.12628229926826806, "continue"),
        new(50, 3, 450, 1, 850.3522294532653, 9.328421018773454, 0.0037000000000000006, true, false, 0.33556223581197964, 427.34179893038737, 0.0023400472467307062, "rollback"),
    ];

    private static readonly Expected[] AllErrors =
    [
        new(1, 1, 22, 0, 4.332479148599741, 20.62015, 0.043478260869565216, false, false, 0.5929148905955819, 6.590269574299871, 0.15173886116885238, "continue"),
        new(3, 3, 20, 0, 1030.5427709779224, 10592678.738410752, 0.00221911728445796, true, true, 0.3379627955499082, 2119051.3190676393, 4.719092883696605e-07, "rollback"),
    ];

    [Fact]
    public void Healthy_candidate_is_never_suspected() => Check(Healthy);

    [Fact]
    public void Five_points_worse_is_rolled_back_at_the_second_tick() => Check(FivePointsWorse);

    [Fact]
    public void Candidate_that_only_fails_is_rolled_back_at_the_fourth_request() => Check(AllErrors);

    private static void Check(Expected[] rows)
    {
        var judge = Judge.Start(OneTickIsOneBatch);
        var ticks = new Ticks();
        foreach (var row in rows)
        {
            var verdict = judge.Observe(ticks.Next(row.CandidateRequests, row.CandidateBad, row.StableRequests, row.StableBad));

            verdict.ERelative.ShouldBeNearly(row.ERelative, "E_R");
            verdict.EAbsolute.ShouldBeNearly(row.EAbsolute, "E_A");
            verdict.E.ShouldBeNearly(row.E, "E");
            verdict.ERoll.ShouldBeNearly(row.E, "E_roll");
            verdict.GoCoarse.ShouldBeNearly(row.Go, "e_go");
            verdict.PAnytime.ShouldBeNearly(row.P, "p");
            var (tail, passes) = judge.ReadGuard();
            tail.ShouldBeNearly(row.Tail, "tail");
            (passes, verdict.GuardNeeded).ShouldBe((row.Passes, row.Needed));
            (verdict.Action == JudgeAction.RollBack ? "rollback" : "continue").ShouldBe(row.Decision);
        }
    }

    private sealed record Expected(
        long CandidateRequests, long CandidateBad, long StableRequests, long StableBad,
        double ERelative, double EAbsolute, double Tail, bool Passes, bool Needed, double Go, double E, double P, string Decision);
}
