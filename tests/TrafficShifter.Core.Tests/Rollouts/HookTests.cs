using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Tests.Rollouts;

public sealed class HookTests
{
    private const string Id = "shop-01jd2x3y4z5a6b7c8d9e0f1g2h";

    private static readonly Hook Smoke = new() { Name = "smoke", Type = HookType.PreStep, Url = "https://ci.example.com/smoke" };
    private static readonly Hook Load = new() { Name = "load", Type = HookType.Gate, Url = "https://ci.example.com/load", OnFailure = OutcomeAction.Pause };

    [Fact]
    public void A_hook_is_asked_before_anything_moves_and_the_step_begins_when_it_passed()
    {
        var some = Hooked(Smoke);
        some.Turn().ShouldBe(new Decision.Hold(HoldReason.Hook, "not started: it waits for hook smoke"));
        RolloutEngine.FindCall(some.Rollout).ShouldBe(new HookCall(Smoke, 0, 1, $"{Id}/1/smoke"));
        some.Weights.Value!.Green.ShouldBe(0);
        for (var i = 0; i < 100; i++) some.Turn().ShouldBeOfType<Decision.Hold>();
        RolloutEngine.FindCall(some.Rollout)!.Attempt.ShouldBe(1, "nobody answered, so it is the same attempt");

        some.Answer(204).ShouldBeOfType<Decision.Hear>().Sentence.ShouldBe("hook smoke before step 1 of 2 passed: ci.example.com answered 204 in 120ms");

        some.Turn().ShouldBeOfType<Decision.Start>();
        RolloutEngine.FindCall(some.Rollout).ShouldBeNull();
    }

    [Fact]
    public void Each_step_asks_anew_and_only_when_all_else_has_passed()
    {
        var some = Hooked(Smoke);
        some.Turn();
        some.Answer(200);
        some.Measure = (due, at) => SomeRollout.Insufficient(due.Check.Name, at);
        for (var i = 0; i < 20; i++) some.Turn();
        RolloutEngine.FindCall(some.Rollout).ShouldBeNull("the step has not passed");
        some.Measure = (due, at) => SomeRollout.Passed(due.Check.Name, at);
        while (some.Turn() is not Decision.Hold { Why: HoldReason.Hook }) { }

        some.Last!.Sentence.ShouldBe("step 1 of 2 at 5% waits for hook smoke");
        RolloutEngine.FindCall(some.Rollout)!.Delivery.ShouldBe($"{Id}/2/smoke");
        some.Answer(200);
        some.Turn().ShouldBeOfType<Decision.Advance>();
        some.Until<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.Succeeded);
    }

    [Theory]
    [InlineData(OutcomeAction.Rollback, typeof(Decision.RollBack))]
    [InlineData(OutcomeAction.Pause, typeof(Decision.Pause))]
    [InlineData(OutcomeAction.Hold, typeof(Decision.Hold))]
    public void What_fails_too_often_does_what_its_plan_says(OutcomeAction action, Type decision)
    {
        var some = Hooked(Smoke with { OnFailure = action, FailuresInARow = 2 });
        some.Turn();
        some.Answer(500).ShouldBe(new Decision.Hear(new HookOutcome.Failed(some.Now, TimeSpan.FromMilliseconds(120), "ci.example.com answered 500 in 120ms"), "hook smoke before step 1 of 2 failed: ci.example.com answered 500 in 120ms"));
        for (var i = 0; i < 8; i++) some.Turn().Sentence.ShouldBe("not started: it waits: hook smoke before step 1 of 2 failed: ci.example.com answered 500 in 120ms; it is asked every 10s");
        RolloutEngine.FindCall(some.Rollout).ShouldBeNull("ten seconds lie between an answer and the next attempt");
        some.Turn(2);
        RolloutEngine.FindCall(some.Rollout)!.Attempt.ShouldBe(2);
        RolloutEngine.FindCall(some.Rollout)!.Delivery.ShouldBe($"{Id}/1/smoke");

        some.Answer(500).GetType().ShouldBe(decision);

        some.Last!.Sentence.ShouldContain("answered 500 in 120ms, 2 times in a row");
    }

    [Fact]
    public void No_answer_pauses_and_never_rolls_back()
    {
        var some = Hooked(Smoke);
        some.Turn();
        for (var i = 0; i < 2; i++)
        {
            some.Silence();
            some.Turn(10);
        }
        some.Silence().ShouldBe(new Decision.Pause("hook smoke before step 1 of 2 has no answer: ci.example.com did not answer within 10 s, 3 times in a row"));

        some.Turn(1, new RolloutCommand.Resume("anna")).ShouldBe(new Decision.Resume(false, "resumed by anna: its hooks are asked, nothing is moved yet") { By = "anna" });

        some.Turn();
        RolloutEngine.FindCall(some.Rollout)!.Attempt.ShouldBe(4, "an attempt's number is never given twice");
        some.Answer(200);
        some.Turn().ShouldBeOfType<Decision.Start>();
    }

    [Fact]
    public void People_are_asked_at_a_gate_once_its_hooks_have_passed()
    {
        var some = Hooked(Load);
        some.Turn().ShouldBeOfType<Decision.Start>("hooks of gates are not asked before a step");
        while (some.Turn() is not Decision.Hold { Why: HoldReason.Hook }) { }
        some.Turn(1, new RolloutCommand.Approve("anna")).ShouldBe(new Decision.Hold(HoldReason.Nothing, "there is nothing to approve: no gate is waiting"));
        some.Answer(200).Sentence.ShouldBe("hook load at the gate of step 1 of 2 passed: ci.example.com answered 200 in 120ms");
        some.Turn().ShouldBeOfType<Decision.Ask>();
        some.Turn(1, new RolloutCommand.Approve("anna"));
        some.Turn().ShouldBeOfType<Decision.Advance>();
    }

    [Fact]
    public void Failing_checks_roll_back_while_a_hook_is_awaited_and_its_answer_is_not_taken_any_more()
    {
        var some = Hooked(Load);
        while (some.Turn() is not Decision.Hold { Why: HoldReason.Hook }) { }
        var call = RolloutEngine.FindCall(some.Rollout)!;
        some.Measure = (due, at) => SomeRollout.Failed(due.Check.Name, at);
        some.Until<Decision.RollBack>();

        some.Hook = new HookAnswer(call, HookOutcome.OfStatus(200, "ci.example.com", TimeSpan.Zero, some.Now));
        some.Until<Decision.Finish>().Outcome.ShouldBe(RolloutPhase.RolledBack);

        some.Rollout.Hooks.ShouldAllBe(h => h.Attempts == 0);
    }

    [Fact]
    public void A_hook_that_never_passes_ends_at_the_steps_deadline()
    {
        var plan = SomeRollout.Plan with { Hooks = [Smoke with { OnFailure = OutcomeAction.Hold }], StepDeadline = TimeSpan.FromSeconds(60), Steps = [SomeRollout.Plan.Steps[0] with { Hooks = [] }, SomeRollout.Plan.Steps[1]] };
        plan.FindProblems().ShouldBeEmpty();
        var some = new SomeRollout(plan);
        while (some.Turn() is not Decision.Pause)
            if (RolloutEngine.FindCall(some.Rollout) is not null) some.Answer(500);
        some.Last!.Sentence.ShouldStartWith("step 1 of 2 at 5% did not end within its deadline of 1m; step 1 of 2 at 5% waits: hook smoke before step 2 of 2 failed");
    }

    [Fact]
    public void In_a_pause_and_in_a_freeze_no_hook_is_asked()
    {
        var some = Hooked(Smoke);
        some.Standstill = "frozen";
        some.Turn();
        RolloutEngine.FindCall(some.Rollout).ShouldBeNull();
        some.Standstill = null;
        some.Turn();
        var call = RolloutEngine.FindCall(some.Rollout).ShouldNotBeNull();
        some.Turn(1, new RolloutCommand.Pause("anna"));
        RolloutEngine.FindCall(some.Rollout).ShouldBeNull();
        some.Hook = new HookAnswer(call, HookOutcome.OfStatus(200, "ci.example.com", TimeSpan.Zero, some.Now));
        some.Turn();
        some.Hook = null;
        some.Turn(1, new RolloutCommand.Resume("anna"));
        some.Turn();
        RolloutEngine.FindCall(some.Rollout).ShouldBe(call, "the answer that came in the pause was not taken: it is the same attempt again");
    }

    [Fact]
    public void Hooks_after_the_end_are_asked_until_they_pass_or_are_given_up_and_change_nothing_else()
    {
        Hook after = new() { Name = "after", Type = HookType.PostRollout, Url = "https://ci.example.com/after", OnFailure = OutcomeAction.Hold, OnError = OutcomeAction.Hold, FailuresInARow = 2 };
        var some = new SomeRollout(SomeRollout.Plan with { Hooks = [after] });
        some.Until<Decision.Finish>();
        var call = PostRollout.FindCall(some.Rollout)!;
        call.ShouldBe(new HookCall(after, 1, 1, $"{Id}/end/after"));
        HookMessage.Write(some.Rollout, call).ShouldBe($$"""{"delivery":"{{Id}}/end/after","attempt":1,"hook":"after","type":"postRollout","app":"shop","rollout":"{{Id}}","plan":"short","from":"blue","to":"green","phase":"succeeded","step":2,"steps":2,"share":"50%","outcome":"all traffic is on green, which is stable now"}""");

        var (once, _, first) = PostRollout.Hear(some.Rollout, new HookAnswer(call, HookOutcome.OfStatus(500, "ci.example.com", TimeSpan.Zero, some.Now)), 12, 13, "01JD2X3Y4Z5A6B7C8D9E0F1G2J", some.Now);
        first.Changes.Select(c => c.Key).ShouldBe([$"rollouts/shop/{Id}", "history/shop/01JD2X3Y4Z5A6B7C8D9E0F1G2J"]);
        call = PostRollout.FindCall(once)!;
        call.Attempt.ShouldBe(2);
        var (twice, heard, second) = PostRollout.Hear(once, new HookAnswer(call, HookOutcome.OfStatus(500, "ci.example.com", TimeSpan.Zero, some.Now)), 14, 13, "01JD2X3Y4Z5A6B7C8D9E0F1G2K", some.Now);

        PostRollout.FindCall(twice).ShouldBeNull();
        second.Changes.Select(c => c.Key).ShouldBe([$"rollouts/shop/{Id}", "history/shop/01JD2X3Y4Z5A6B7C8D9E0F1G2K", $"hooks/shop/{Id}"]);
        heard.Sentence.ShouldBe("hook after after the rollout failed: ci.example.com answered 500 in 0s, 2 times in a row; it is not asked again");
        (twice with { Hooks = some.Rollout.Hooks, Decisions = some.Rollout.Decisions }).ShouldBe(some.Rollout);
        Golden.Matches("hooks.json", new HookGolden(twice.Plan.Hooks, twice.Hooks));
    }

    private sealed record HookGolden(IReadOnlyList<Hook> Plan, IReadOnlyList<HookState> Rollout);

    private static SomeRollout Hooked(Hook hook)
    {
        var plan = SomeRollout.Plan with { Hooks = [hook] };
        if (hook.Type == HookType.Gate) plan = plan with { Steps = [plan.Steps[0] with { Gate = new Gate() }, plan.Steps[1]] };
        plan.FindProblems().ShouldBeEmpty();
        return new SomeRollout(plan);
    }
}
