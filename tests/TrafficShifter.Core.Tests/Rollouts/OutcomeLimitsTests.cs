using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts;

/// <summary>Each outcome has its own limits and its own consequence. F failed, P passed, I insufficient, E error, B both sides failed.</summary>
public sealed class OutcomeLimitsTests
{
    private static readonly Check Errors = SomeRollout.Plan.Checks[0] with { Interval = TimeSpan.FromSeconds(1), FailuresInARow = 3 };

    public static TheoryData<string, Check, string, string> Limits => new()
    {
        { "FFF", Errors, "rollBack", "beyond max 0.01 (over 5s) by e, 3 times in a row" },
        { "FFPFFPFF", Errors, "hold", "" },
        { "FFIF", Errors, "rollBack", "3 times in a row" },
        { "FPFPF", Errors with { FailuresInStep = 3 }, "rollBack", "beyond max 0.01 (over 5s) by e, 3 times in this step" },
        { "FFF", Errors with { OnFailure = OutcomeAction.Pause }, "pause", "3 times in a row" },
        { "FFFFFFFF", Errors with { OnFailure = OutcomeAction.Hold }, "hold", "" },
        { "FFF", Errors with { Mode = CheckMode.Observe }, "hold", "" },
        { "IIIIIIII", Errors, "hold", "" },
        { "IIII", Errors with { Insufficient = new() { InARow = 4, Do = OutcomeAction.Pause } }, "pause", "too little data: the query returned no data in 5s by e, 4 times in a row" },
        { "IIPII", Errors with { Insufficient = new() { InARow = 3, Do = OutcomeAction.Pause } }, "hold", "" },
        { "IIPI", Errors with { Insufficient = new() { InStep = 3, Do = OutcomeAction.Rollback } }, "rollBack", "3 times in this step" },
        { "IEIEI", Errors with { Insufficient = new() { InARow = 3, Do = OutcomeAction.Pause } }, "pause", "3 times in a row" },
        { "EEEEEEEE", Errors, "hold", "" },
        { "EE", Errors with { Errors = new() { InARow = 2, Do = OutcomeAction.Pause } }, "pause", "could not be measured: no route by e, 2 times in a row" },
        { "EPEPE", Errors with { Errors = new() { InARow = 2, Do = OutcomeAction.Pause } }, "hold", "" },
        { "EIEIE", Errors with { Errors = new() { InStep = 3, Do = OutcomeAction.Pause } }, "pause", "3 times in this step" },
        { "BBBBBBBB", Errors with { Insufficient = new() { InARow = 2, Do = OutcomeAction.Rollback } }, "hold", "" },
        { "FFBF", Errors, "rollBack", "3 times in a row" },
        { "IF", Errors with { FailuresInARow = 1, Insufficient = new() { InStep = 1, Do = OutcomeAction.Hold } }, "rollBack", "beyond max 0.01" },
    };

    [Theory]
    [MemberData(nameof(Limits))]
    public void An_outcome_that_reaches_its_limit_has_its_consequence(string outcomes, Check check, string decision, string says)
    {
        var some = new SomeRollout(SomeRollout.Plan with { Checks = check.Mode == CheckMode.Observe ? [check, Errors with { Name = "other" }] : [check] }) { Measure = (_, _) => null };
        while (some.Rollout.StepElapsed < TimeSpan.FromSeconds(1)) some.Turn();
        foreach (var outcome in outcomes)
        {
            some.Measure = (due, at) => due.Check.Name == "errors" ? Of(outcome, at) : null;
            some.Turn();
        }
        (some.Last!.Kind, some.Last.Sentence.Contains(says, StringComparison.Ordinal)).ShouldBe((decision, true), some.Last.Sentence);
    }

    [Fact]
    public void A_rollback_comes_before_a_pause_whatever_the_order_of_the_checks()
    {
        var plan = SomeRollout.Plan with { Checks = [Errors with { Name = "a", FailuresInARow = 1, OnFailure = OutcomeAction.Pause }, Errors with { Name = "b", FailuresInARow = 1 }] };
        new SomeRollout(plan) { Measure = (due, at) => SomeRollout.Failed(due.Check.Name, at) }.Until<Decision.RollBack>().Sentence.ShouldStartWith("b: ");
    }

    [Fact]
    public void A_pause_by_failures_is_resumed_with_a_new_count()
    {
        var some = new SomeRollout(SomeRollout.Plan with { Checks = [Errors with { OnFailure = OutcomeAction.Pause }] }) { Measure = (due, at) => SomeRollout.Failed(due.Check.Name, at) };
        some.Until<Decision.Pause>();
        some.Turn(1, new RolloutCommand.Resume("anna", "the check was wrong"));
        some.Turn().ShouldBeOfType<Decision.Hold>();
        some.Measure = (due, at) => SomeRollout.Passed(due.Check.Name, at);
        some.Until<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.Succeeded);
    }

    [Fact]
    public void A_step_ends_only_after_enough_passes_in_a_row()
    {
        var turn = 0;
        var some = new SomeRollout(SomeRollout.Plan with { Checks = [Errors with { PassesInARow = 4 }] });
        some.Measure = (due, at) => turn++ == 8 ? SomeRollout.Failed(due.Check.Name, at) : SomeRollout.Passed(due.Check.Name, at);
        while (some.Turn() is not Decision.Advance)
            if (some.Rollout.StepElapsed == TimeSpan.FromSeconds(11)) some.Last!.Sentence.ShouldBe("step 1 of 2 at 5%: held 11s, but errors: passed 1 of 4 times in a row");
        some.Last!.Sentence.ShouldStartWith("step 2 of 2: 50% to green: held 14s at 5%");
    }

    [Fact]
    public void Both_sides_are_reported_while_they_hold()
    {
        var some = new SomeRollout(SomeRollout.Plan with { Checks = [Errors] }) { Measure = (_, at) => Of('B', at) };
        some.Turn();
        for (var i = 0; i < 30; i++) some.Turn().ShouldBeOfType<Decision.Hold>();
        some.Last!.Sentence.ShouldContain("errors: both sides: 0.5 on green and 0.4 on blue are beyond max 0.01 (over 5s)");
        some.Weights.Value!.ShareOf(Colour.Green).ShouldBe(Share.Parse("5%"));
    }

    private static Measurement Of(char outcome, DateTimeOffset at) => outcome switch
    {
        'P' => SomeRollout.Passed("errors", at),
        'F' => SomeRollout.Failed("errors", at),
        'I' => SomeRollout.Insufficient("errors", at),
        'E' => new Measurement.Error { Check = "errors", Limit = "max 0.01", Query = "e", Window = TimeSpan.FromSeconds(5), At = at, Sentence = "errors: could not be measured: no route" },
        'B' => BothSides.Compare(Errors, (Measurement.Failed)SomeRollout.Failed("errors", at), SomeRollout.Failed("errors", at) with { Value = 0.4 }, Colour.Blue),
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };
}
