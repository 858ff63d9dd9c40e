using System.Text;
using System.Text.Json;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Rollouts;

public sealed class RolloutChangesTests
{
    private const string ChangeId = "01JD2X3Y4Z5A6B7C8D9E0F1G2J";
    private const ulong StateIndex = 8;

    [Fact]
    public void A_rollout_is_created_with_the_state_that_names_it_if_nothing_changed_meanwhile()
    {
        var some = new SomeRollout();
        var changes = RolloutChanges.Create(some.Rollout, some.State with { Rollout = null }, StateIndex, ChangeId);
        Operations(changes).ShouldBe([
            "put rollouts/shop/shop-01jd2x3y4z5a6b7c8d9e0f1g2h at 0", "put state/shop at 8", "unchanged weights/shop at 7", $"set history/shop/{ChangeId}"]);
        Read<AppState>(changes, "state/shop").Rollout.ShouldBe("shop-01jd2x3y4z5a6b7c8d9e0f1g2h");
        var history = Read<HistoryEntry>(changes, $"history/shop/{ChangeId}");
        (history.Kind, history.By, history.Reason, history.Sentence).ShouldBe(("rollout.created", "anna", "release 42", "rollout from blue to green in 2 steps by plan short"));
    }

    [Fact]
    public void A_step_writes_the_weights_by_CAS_and_needs_the_state_unchanged()
    {
        var some = new SomeRollout();
        some.Turn();
        var changes = Transition(some);
        Operations(changes).ShouldBe([
            "put rollouts/shop/shop-01jd2x3y4z5a6b7c8d9e0f1g2h at 10", "put weights/shop at 7", "unchanged state/shop at 8", $"set history/shop/{ChangeId}"]);
        Golden.Matches("weights.json", Read<Weights>(changes, "weights/shop"));
        Golden.Matches("history.json", Read<HistoryEntry>(changes, $"history/shop/{ChangeId}"));
    }

    [Fact]
    public void A_pause_touches_neither_weights_nor_state_but_needs_both_unchanged()
    {
        var some = new SomeRollout();
        some.Turn();
        some.WriteWeights(70, 30, "ben");
        some.Turn();
        Operations(Transition(some)).ShouldBe([
            "put rollouts/shop/shop-01jd2x3y4z5a6b7c8d9e0f1g2h at 11", $"unchanged weights/shop at {some.Weights.Index}", "unchanged state/shop at 8", $"set history/shop/{ChangeId}"]);
    }

    [Fact]
    public void Success_changes_the_stable_colour_and_frees_the_application()
    {
        var some = new SomeRollout();
        some.Until<Decision.Finish>();
        var changes = Transition(some);
        Operations(changes)[1..3].ShouldBe([$"unchanged weights/shop at {some.Weights.Index}", "put state/shop at 8"]);
        var state = Read<AppState>(changes, "state/shop");
        (state.Stable, state.StableSince, state.Rollout).ShouldBe((Colour.Green, some.Now, null));
        Read<HistoryEntry>(changes, $"history/shop/{ChangeId}").Kind.ShouldBe("rollout.succeeded");
    }

    /// <remarks>A rollback of all applications comes as a lock too: without it the state, now newer than that rollback, would escape it.</remarks>
    [Fact]
    public void A_lock_ends_the_rollout_and_stays_in_the_state()
    {
        var some = new SomeRollout();
        some.Turn();
        some.State = some.State with { Lock = new TrafficLock { To = Colour.Blue, By = "anna", Reason = "fire", At = some.Now } };
        some.Turn();
        var state = Read<AppState>(Transition(some), "state/shop");
        (state.Stable, state.StableSince, state.Rollout, state.Lock!.Reason).ShouldBe((Colour.Blue, null, null, "fire"));
    }

    [Fact]
    public void A_state_that_names_another_rollout_is_left_alone()
    {
        var some = new SomeRollout();
        some.Turn();
        some.State = some.State with { Rollout = "shop-01jd2x3y4z5a6b7c8d9e0f1g2z" };
        some.Turn();
        Operations(Transition(some)).ShouldContain("unchanged state/shop at 8");
    }

    [Fact]
    public void Fields_of_the_weights_that_this_version_does_not_know_survive()
    {
        var some = new SomeRollout();
        some.Weights = new(7, JsonSerializer.Deserialize<Weights>("""{"blue":100,"green":0,"ticket":"OPS-1"}""", DocumentJson.Options));
        some.Turn();
        Read<Weights>(Transition(some), "weights/shop").UnknownFields!["ticket"].GetString().ShouldBe("OPS-1");
    }

    [Fact]
    public void A_hold_is_no_transition_but_a_checkpoint()
    {
        var some = new SomeRollout();
        some.Turn();
        some.Turn();
        Should.Throw<ArgumentException>(() => Transition(some));
        Operations(RolloutChanges.Checkpoint(some.Rollout, some.Rollout, some.Tick!, "01JD2X3Y4Z5A6B7C8D9E0F1G2J")).ShouldBe(["put rollouts/shop/shop-01jd2x3y4z5a6b7c8d9e0f1g2h at 11"]);
    }

    [Fact]
    public void A_hold_is_worth_saving_when_a_check_changed_or_five_seconds_went_by()
    {
        var some = new SomeRollout();
        some.Turn();
        var saves = 0;
        var saved = some.Rollout;
        for (var i = 0; i < 12; i++)
        {
            some.Turn();
            if (!RolloutChanges.IsWorthSaving(saved, some.Rollout)) continue;
            (saves, saved) = (saves + 1, some.Rollout);
        }
        // Settling begins, holding begins, the first pass, 5 s of clock.
        saves.ShouldBe(4);
    }

    [Theory]
    [InlineData(1, 5)]
    [InlineData(250, 5)]
    [InlineData(251, 5.02)]
    [InlineData(2_000, 40)]
    public void Clocks_are_saved_less_often_while_hundreds_of_rollouts_run(int running, double seconds)
    {
        var every = RolloutChanges.CheckpointEveryOf(running);
        every.ShouldBe(TimeSpan.FromSeconds(seconds));
        var saved = new SomeRollout().Rollout with { StepElapsed = TimeSpan.FromSeconds(1) };

        RolloutChanges.IsWorthSaving(saved, saved with { StepElapsed = saved.StepElapsed + every - TimeSpan.FromMilliseconds(1) }, default, every).ShouldBeFalse();
        RolloutChanges.IsWorthSaving(saved, saved with { StepElapsed = saved.StepElapsed + every }, default, every).ShouldBeTrue();
    }

    [Fact]
    public void What_a_check_says_anew_is_saved_at_once_however_many_run()
    {
        var some = new SomeRollout();
        some.Turn();
        var saved = some.Rollout;
        var check = saved.Checks[0];
        var failed = saved with { Checks = [check with { FailuresInStep = check.FailuresInStep + 1 }] };

        RolloutChanges.IsWorthSaving(saved, failed, default, RolloutChanges.CheckpointEveryOf(10_000)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(999, true)]
    [InlineData(900, true)]
    [InlineData(899, false)]
    public void A_turn_that_comes_a_little_early_asks_what_is_due(int milliseconds, bool isDue)
    {
        var some = new SomeRollout();
        var rollout = some.Rollout with
        {
            Phase = RolloutPhase.Progressing, Serving = TimeSpan.FromSeconds(30), Checks = [some.Rollout.Checks[0] with { DueIn = TimeSpan.FromSeconds(1) }],
        };
        RolloutEngine.DueChecks(rollout, TimeSpan.FromMilliseconds(milliseconds)).Count.ShouldBe(isDue ? 1 : 0);
    }

    [Fact]
    public void A_hold_whose_sentence_is_five_seconds_old_is_worth_saving()
    {
        var some = new SomeRollout();
        some.Turn();
        some.MetricsAway = new MetricsAway(TimeSpan.FromSeconds(1), "connection refused");
        some.Turn();
        var saved = some.Rollout;
        some.MetricsAway = new MetricsAway(TimeSpan.FromSeconds(6), "connection refused");
        some.Turn();

        RolloutChanges.IsWorthSaving(saved, some.Rollout, TimeSpan.FromSeconds(4)).ShouldBeFalse();
        RolloutChanges.IsWorthSaving(saved, some.Rollout, TimeSpan.FromSeconds(5)).ShouldBeTrue();
        RolloutChanges.IsWorthSaving(some.Rollout, some.Rollout, TimeSpan.FromSeconds(5)).ShouldBeFalse();
    }

    [Fact]
    public void The_documents_own_index_is_the_weights_index_only_when_both_were_written_together()
    {
        var some = new SomeRollout();
        some.Rollout.WeightsIndexAt(10).ShouldBe(7UL);
        some.Turn();
        some.Rollout.WeightsIndexAt(11).ShouldBe(11UL);
        some.Turn();
        some.Rollout.WeightsIndexAt(12).ShouldBe(11UL);
    }

    [Fact]
    public void The_form_of_the_document_is_pinned()
    {
        var some = new SomeRollout();
        some.Turn();
        while (some.Rollout.StepElapsed < TimeSpan.FromSeconds(4)) some.Turn();
        some.Turn(1, new RolloutCommand.Pause("anna", "lunch"));
        Golden.Matches("rollout.json", some.Rollout);
    }

    [Fact]
    public void The_largest_rollout_fits_into_a_document()
    {
        var query = new string('q', 1500);
        var plan = SomeRollout.Plan with
        {
            Checks = [.. Enumerable.Range(0, 20).Select(i => new Check { Name = $"c{i}", Query = query, Max = 1, Window = TimeSpan.FromSeconds(5), FailuresInARow = 100 })],
        };
        plan.FindProblems().ShouldBeEmpty();
        var some = new SomeRollout(plan) { Measure = (due, at) => SomeRollout.Failed(due.Check.Name, at) with { Query = query + query, Sentence = new string('s', 500) } };
        some.Turn();
        for (var i = 0; i < 200; i++) some.Turn(1, i % 2 == 0 ? new RolloutCommand.Pause("anna", new string('r', 900)) : new RolloutCommand.Resume("anna", new string('r', 900)));
        for (var i = 0; i < 30; i++) some.Turn(5);
        some.Rollout.Measurements.Count.ShouldBeLessThanOrEqualTo(1_100);
        var json = ((Change.Put)RolloutChanges.Checkpoint(some.Rollout, some.Rollout, some.Tick!, "01JD2X3Y4Z5A6B7C8D9E0F1G2J").Changes[0]).Value;
        Encoding.UTF8.GetByteCount(json).ShouldBeLessThanOrEqualTo(DocumentJson.MaxBytes);
        JsonSerializer.Deserialize<Rollout>(json, DocumentJson.Options)!.FindProblem().ShouldBeNull();
    }

    [Fact]
    public void All_failures_are_kept_before_the_last_hundred_and_outlive_the_passes_where_there_is_no_room()
    {
        var plan = SomeRollout.Plan with { Checks = [SomeRollout.Plan.Checks[0] with { Mode = CheckMode.Enforce }, SomeRollout.Plan.Checks[0] with { Name = "watched", Mode = CheckMode.Observe }], Steps = [new(Share.Parse("5%"), TimeSpan.FromHours(1))], Deadline = TimeSpan.FromHours(4), StepDeadline = TimeSpan.FromHours(2) };
        var (turn, query) = (0, new string('q', 2_000));
        var some = new SomeRollout(plan)
        {
            Measure = (due, at) => (due.Check.Name == "watched" && turn < 140 ? SomeRollout.Failed("watched", at) : SomeRollout.Passed(due.Check.Name, at)) with { Query = query },
        };
        for (; turn < 800; turn++) some.Turn();

        var failed = some.Rollout.Measurements.Count(m => m is Measurement.Failed);
        failed.ShouldBeInRange(60, 70);
        some.Rollout.Measurements.Count.ShouldBe(failed + 100);
        var stored = JsonSerializer.Deserialize<Rollout>(((Change.Put)RolloutChanges.Checkpoint(some.Rollout, some.Rollout, some.Tick!, ChangeId).Changes[0]).Value, DocumentJson.Options)!;
        stored.Measurements.Count(m => m is Measurement.Failed).ShouldBe(failed);
        stored.Measurements.Count.ShouldBeLessThan(failed + 100);
        stored.Measurements[^1].ShouldBe(some.Rollout.Measurements[^1]);
    }

    private static ChangeSet Transition(SomeRollout some) => RolloutChanges.Transition(some.Rollout, some.Last!, some.Tick!, StateIndex, ChangeId);

    private static List<string> Operations(ChangeSet changes) => [.. changes.Changes.Select(c => c switch
    {
        Change.Put put => $"put {put.Key} at {put.Expected}",
        Change.Unchanged unchanged => $"unchanged {unchanged.Key} at {unchanged.Expected}",
        Change.Set set => $"set {set.Key}",
        _ => $"{c}",
    })];

    private static T Read<T>(ChangeSet changes, string key)
    {
        var value = changes.Changes.Single(c => c.Key == key) switch { Change.Put put => put.Value, Change.Set set => set.Value, var other => throw new InvalidOperationException($"{other}") };
        return JsonSerializer.Deserialize<T>(value, DocumentJson.Options)!;
    }
}
