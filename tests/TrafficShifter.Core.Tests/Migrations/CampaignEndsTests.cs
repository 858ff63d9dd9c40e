using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Migrations;

/// <summary>What counts as rolled back, what a migration does not wait for, and which clocks stand still.</summary>
public sealed class CampaignEndsTests
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(30);
    private static readonly Standstill Stopped = new(null, new Reading<StopLine>.Good(new StopLine { By = "ben", At = Some.Noon }, 3));

    [Fact]
    public void What_is_tried_again_counts_for_the_rules_that_stop_it()
    {
        var campaign = Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a", "b")) with { Attempts = 2, Stop = new StopRules { Rollbacks = 1 } });
        campaign.Rolls = (app, attempt) => (TimeSpan.FromMinutes(20), app.Value == "a" && attempt == 1 ? RolloutPhase.RolledBack : RolloutPhase.Succeeded);
        campaign.Run(Step, c => c.Migration.Phase == MigrationPhase.Stopped);
        campaign.Migration.Outcome!.ShouldStartWith("1 rollback of 1 at which it stops; the last was a: attempt 1 of 2 was rolled back: errors");
        StopReasons.Describe(campaign.Migration, campaign.Moves).ShouldBe("1 of 1 rollbacks used");
        campaign.Tell(new MigrationCommand.Resume(campaign.NoteBy("ann"), []));
        campaign.Migration.ForgivenRollbacks.ShouldBe(1);
        campaign.Run(Step, c => c.Running is [{ Attempts: 2 }]);
        StopReasons.Describe(campaign.Migration, campaign.Moves).ShouldBe("0 of 1 rollbacks used");
    }

    [Theory]
    [InlineData(NotReadyAction.Skip)]
    [InlineData(NotReadyAction.Fail)]
    public void What_was_rolled_back_and_is_not_ready_again_ends_as_rolled_back(NotReadyAction then)
    {
        var campaign = Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a")) with { Attempts = 2, NotReady = new NotReadyRule { Then = then } });
        campaign.Rolls = (_, _) => (TimeSpan.FromMinutes(20), RolloutPhase.RolledBack);
        campaign.IsReady = (app, _) => campaign.RolloutsOf(app) == 0 || campaign.Traffic.Find(app).State.Value!.Rollout is not null;
        campaign.Run(Step);
        (campaign.Moves[0].Phase, campaign.Moves[0].Sentence).ShouldBe((MovePhase.RolledBack, "it was rolled back and was not ready again within 1h: not ready: image differs"));
    }

    [Fact]
    public void An_abort_between_two_attempts_leaves_it_rolled_back()
    {
        var campaign = Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a")) with { Attempts = 2 });
        campaign.Rolls = (_, _) => (TimeSpan.FromMinutes(20), RolloutPhase.RolledBack);
        campaign.Run(Step, c => c.Moves is [{ Phase: MovePhase.Waiting, Attempts: 1 }]);
        campaign.Tell(new MigrationCommand.Abort(campaign.NoteBy("ann"), [], false));
        campaign.Run(Step);
        campaign.Moves[0].Phase.ShouldBe(MovePhase.RolledBack);
    }

    [Fact]
    public void A_state_that_is_lost_is_named_and_not_waited_for()
    {
        var migration = SomeMigration.Draft(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a"))) with { Phase = MigrationPhase.Ending, EndsAs = MigrationPhase.Done, Outcome = "all waves have ended" };
        var app = SomeMigration.App("a").With(s => s with { Campaign = migration.Holder });
        app = app with { State = app.State with { LatestIndex = 0 } };
        var move = new Move { Migration = migration.Name, App = app.Name, Wave = 0, Rank = 0, To = Colour.Green, Phase = MovePhase.Moved, At = Some.Noon };
        var tick = new MigrationTick { Now = Some.Noon, Traffic = new TrafficSnapshot(TrafficSnapshot.Empty.Apps.Add(app.Name, app), Known<FleetRollback>.Nothing, 99) };
        var end = MigrationEngine.Decide(migration, [move], tick).Acts.ShouldHaveSingleItem().ShouldBeOfType<MigrationAct.Advance>();
        (end.Next.Phase, end.Sentence).ShouldBe((MigrationPhase.Done, "done: 1 moved; not let go, because the state cannot be written (lost, or of a newer version): \"a\""));
    }

    [Fact]
    public void A_rollout_that_the_state_names_no_longer_is_not_waited_for()
    {
        var campaign = Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a")));
        campaign.Run(Step, c => c.Running.Count == 1);
        MigrationAct.Note? failed = null;
        campaign.Wrote = act => failed ??= act as MigrationAct.Note;
        campaign.Fleet.WriteState(SomeMigration.Named("a"), s => s with { Rollout = null });
        campaign.Run(Step);
        campaign.Moves[0].Sentence.ShouldBe($"the application's state names no rollout, no longer {campaign.Moves[0].Rollout}");
        var changes = MigrationChanges.Note(campaign.Migration, 5, failed!, 6, campaign.NoteBy("x")).Changes;
        changes.ShouldContain(c => c is Change.Unchanged && c.Key == Keys.StateOf(SomeMigration.Named("a")), "what was followed may be old");
    }

    [Fact]
    public void While_the_line_is_stopped_neither_the_pause_between_waves_nor_that_between_attempts_runs()
    {
        var campaign = Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a"), SomeMigration.OfApps("two", "b")) with { Pause = TimeSpan.FromMinutes(10), Attempts = 2, RetryAfter = TimeSpan.FromMinutes(10) });
        campaign.Rolls = (_, attempt) => (TimeSpan.FromMinutes(20), attempt == 1 ? RolloutPhase.RolledBack : RolloutPhase.Succeeded);
        campaign.Run(Step, c => c.Moves.Any(m => m is { Phase: MovePhase.Waiting, Attempts: 1 }));
        StopFor(campaign, TimeSpan.FromHours(1));
        campaign.Moves.Single(m => m.App.Value == "a").Waited.ShouldBeLessThan(TimeSpan.FromMinutes(2));
        campaign.Run(Step, c => c.Migration.Wave == 1);
        StopFor(campaign, TimeSpan.FromHours(1));
        campaign.Migration.Waves[0].Paused.ShouldBeLessThan(TimeSpan.FromMinutes(2));
        campaign.Standstill = Standstill.None;
        campaign.Run(Step);
        campaign.Moves.ShouldAllBe(m => m.Phase == MovePhase.Moved);
    }

    [Fact]
    public void At_most_eight_begin_in_one_turn()
    {
        var apps = Enumerable.Range(0, 12).Select(i => $"a{i:D2}").ToArray();
        var campaign = new SimulatedCampaign(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", apps)) with { Parallelism = 12 }, apps.Select(a => SomeMigration.App(a)), seed: 1);
        campaign.Run(Step, c => c.Running.Count > 0);
        campaign.Running.Count.ShouldBe(8);
        campaign.Run(Step, c => c.Running.Count > 8);
        campaign.Running.Count.ShouldBe(12);
    }

    [Theory]
    [InlineData("migration/cilium-move", Colour.Blue, null)]
    [InlineData(null, Colour.Blue, "it is held by nobody, not by this migration")]
    [InlineData("migration/cilium-move", Colour.Green, "green is its stable colour: there is no way from there to green")]
    public void What_changed_since_it_was_decided_does_not_begin(string? holder, Colour stable, string? why)
    {
        var migration = SomeMigration.Draft(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a")));
        Obstacles.FindChange(migration, Waiting("a", TimeSpan.Zero), new AppState { Stable = stable, Campaign = holder }).ShouldBe(why);
    }

    [Fact]
    public void The_clocks_of_which_most_would_be_lost_are_saved_first()
    {
        var moves = Enumerable.Range(0, 400).Select(i => (Saved: Waiting($"a{i}", TimeSpan.Zero), Live: Waiting($"a{i}", TimeSpan.FromSeconds(i)))).ToList();
        var due = MigrationEngine.FindWorthSaving(moves, m => m.Saved, m => m.Live);
        due.Select(m => m.Live.Waited.TotalSeconds).ShouldBe(Enumerable.Range(350, 50).Reverse().Select(s => (double)s));
        MigrationEngine.FindWorthSaving(moves.Take(15), m => m.Saved, m => m.Live).ShouldBeEmpty();
    }

    private static Move Waiting(string app, TimeSpan waited) => new() { Migration = SomeMigration.Name, App = SomeMigration.Named(app), Wave = 0, Rank = 0, To = Colour.Green, Phase = MovePhase.NotReady, Waited = waited, At = Some.Noon };

    private static void StopFor(SimulatedCampaign campaign, TimeSpan time)
    {
        var until = campaign.Now + time;
        campaign.Standstill = Stopped;
        campaign.Run(Step, c => c.Now >= until);
        campaign.Standstill = Standstill.None;
    }

    private static SimulatedCampaign Of(MigrationDefinition definition) => new(definition, new[] { "a", "b" }.Select(a => SomeMigration.App(a)), seed: 1);
}
