using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Migrations;

/// <summary>What a migration does, by small campaigns in simulated time without deaths.</summary>
public sealed class MigrationEngineTests
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(30);
    private static readonly string[] Letters = ["a", "b", "c", "d"];

    [Fact]
    public void A_gate_is_asked_once_and_a_rejected_wave_stops_until_it_is_asked_again()
    {
        var campaign = Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a") with { Gate = new WaveGate(["ann"], FourEyes: true) }));
        campaign.Run(Step, c => c.Migration.Waves[0].AskedAt is not null);
        campaign.Run(Step, c => c.Now > campaign.Migration.Waves[0].AskedAt!.Value.AddMinutes(5));
        campaign.Standing.ShouldBe("wave one waits for approval by ann");
        campaign.Migration.Decisions.Select(d => d.Kind).ShouldBe(["started", "running", "gateReached"]);
        Apply(campaign, n => new MigrationCommand.Approve(n, ["ben"]), "ben").ShouldBe(new Commanded(null, "ben is not among those who may approve: ann", true));
        campaign.Tell(new MigrationCommand.Reject(campaign.NoteBy("ann"), ["ann"]));
        campaign.Standing.ShouldBe("stopped: wave one was rejected by ann; resume or abort it");
        campaign.Tell(new MigrationCommand.Resume(campaign.NoteBy("ben"), ["ben"]));
        campaign.Run(Step, c => c.Migration.Waves[0].AskedAt is not null);
        campaign.Tell(new MigrationCommand.Approve(campaign.NoteBy("ann"), ["ann"]));
        campaign.Run(Step);
        campaign.Moves[0].Phase.ShouldBe(MovePhase.Moved);
    }

    [Fact]
    public void Whoever_started_it_passes_no_gate_of_four_eyes()
    {
        var campaign = Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a") with { Gate = new WaveGate(null, FourEyes: true) }));
        campaign.Run(Step, c => c.Migration.Waves[0].AskedAt is not null);
        Apply(campaign, n => new MigrationCommand.Approve(n, ["anna"]), "anna").Refusal.ShouldBe("anna started it, and this gate wants the word of somebody else");
    }

    [Fact]
    public void The_pause_after_a_wave_does_not_run_while_it_is_paused_by_a_person()
    {
        var campaign = Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a"), SomeMigration.OfApps("two", "b")) with { Pause = TimeSpan.FromHours(1) });
        campaign.Run(Step, c => c.Migration.Wave == 1);
        var ended = campaign.Now;
        campaign.Run(Step, c => c.Now >= ended.AddMinutes(20));
        campaign.Standing.ShouldMatch("^the pause after wave one: wave two begins in 40m");
        campaign.Tell(new MigrationCommand.Pause(campaign.NoteBy("ann"), []));
        campaign.Run(Step, c => c.Now >= ended.AddHours(5));
        campaign.Tell(new MigrationCommand.Resume(campaign.NoteBy("ann"), []));
        campaign.Run(Step, c => c.Migration.Waves[1].BeganAt is not null);
        (campaign.Now - ended).ShouldBeInRange(TimeSpan.FromMinutes(339), TimeSpan.FromMinutes(342));
    }

    [Theory]
    [InlineData(NotReadyAction.Skip, MovePhase.Skipped, "it was not ready within 1h: not ready: image differs")]
    [InlineData(NotReadyAction.Fail, MovePhase.Failed, "it was not ready within 1h: not ready: image differs")]
    public void What_is_not_ready_keeps_no_other_waiting_and_has_its_time(NotReadyAction then, MovePhase phase, string sentence)
    {
        var campaign = Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", Letters)) with { NotReady = new NotReadyRule { Then = then } });
        campaign.IsReady = (app, _) => app.Value != "a";
        campaign.Run(Step);
        campaign.Moves.Select(m => m.Phase).ShouldBe([phase, MovePhase.Moved, MovePhase.Moved, MovePhase.Moved]);
        (campaign.Moves[0].Sentence, campaign.Moves[0].Findings![0].Check).ShouldBe((sentence, "version"));
        campaign.RolloutsOf(SomeMigration.Named("a")).ShouldBe(0);
        campaign.Traffic.Apps.Values.ShouldAllBe(a => a.State.Value!.Campaign == null);
    }

    [Fact]
    public void What_is_not_ready_may_stop_it_and_has_all_its_time_again_after_a_resume()
    {
        var campaign = Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a")) with { NotReady = new NotReadyRule { Then = NotReadyAction.Stop } });
        campaign.IsReady = (_, _) => false;
        campaign.Run(Step, c => c.Migration.Phase == MigrationPhase.Stopped);
        campaign.Standing.ShouldBe("stopped: a: it was not ready within 1h: not ready: image differs; resume or abort it");
        campaign.Tell(new MigrationCommand.Resume(campaign.NoteBy("ann"), []));
        var resumed = campaign.Now;
        campaign.Run(Step, c => c.Migration.Phase == MigrationPhase.Stopped);
        (campaign.Now - resumed).ShouldBeGreaterThan(TimeSpan.FromMinutes(59));
        campaign.IsReady = (_, _) => true;
        campaign.Tell(new MigrationCommand.Resume(campaign.NoteBy("ann"), []));
        campaign.Run(Step);
        campaign.Moves[0].Phase.ShouldBe(MovePhase.Moved);
    }

    [Theory]
    [InlineData("rollbacks", "2 rollbacks of 2 at which it stops; the last was b: errors")]
    [InlineData("share", "2 of 4 applications failed or were rolled back, which is 50% or more; the last was b: errors")]
    public void A_rule_stops_it_and_forgets_what_a_person_has_seen(string rule, string outcome)
    {
        var rules = rule == "rollbacks" ? new StopRules { Rollbacks = 2 } : new StopRules { FailedShare = Share.Parse("50%") };
        var campaign = Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", Letters)) with { Stop = rules });
        campaign.Rolls = (app, _) => (TimeSpan.FromMinutes(20), app.Value is "a" or "b" ? RolloutPhase.RolledBack : RolloutPhase.Succeeded);
        campaign.Run(Step, c => c.Migration.Phase == MigrationPhase.Stopped);
        campaign.Migration.Outcome.ShouldBe(outcome);
        campaign.Running.ShouldBeEmpty();
        campaign.Tell(new MigrationCommand.Resume(campaign.NoteBy("ann"), []));
        campaign.Run(Step);
        campaign.Migration.Outcome.ShouldBe("done: 2 moved, 2 rolled back");
    }

    [Fact]
    public void One_that_begins_after_another_does_and_is_skipped_where_that_did_not_move()
    {
        var order = new List<string>();
        var campaign = Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", Letters)) with
        {
            Parallelism = 4, After = new Dictionary<AppName, IReadOnlyList<AppName>> { [SomeMigration.Named("a")] = [SomeMigration.Named("c")], [SomeMigration.Named("d")] = [SomeMigration.Named("b")] },
        });
        campaign.Rolls = (app, _) => (TimeSpan.FromMinutes(20), app.Value == "b" ? RolloutPhase.RolledBack : RolloutPhase.Succeeded);
        campaign.Wrote = act => { if (act is MigrationAct.Begin begin) order.Add(begin.Next.App.Value); };
        campaign.Run(Step);
        order.ShouldBe(["b", "c", "a"]);
        campaign.Moves.Single(m => m.App.Value == "d").Sentence.ShouldBe("it begins after b, which did not move: errors");
    }

    [Fact]
    public void A_stopped_line_lets_nothing_begin_and_costs_no_application_its_time()
    {
        var campaign = Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a")));
        campaign.IsReady = (_, now) => now > new DateTimeOffset(2026, 11, 23, 10, 0, 0, TimeSpan.Zero);
        campaign.Run(Step, c => c.Moves.Count == 1 && c.Moves[0].Phase == MovePhase.NotReady);
        campaign.Standstill = new Standstill(null, new Reading<StopLine>.Good(new StopLine { By = "ben", At = Some.Noon }, 3));
        campaign.Run(Step, c => c.Now.Hour >= 12);
        campaign.Standing.ShouldBe("wave one waits: the line is stopped by ben");
        campaign.Moves[0].Phase.ShouldBe(MovePhase.NotReady);
        campaign.Standstill = Standstill.None;
        campaign.Run(Step);
        campaign.Moves[0].Phase.ShouldBe(MovePhase.Moved);
    }

    [Fact]
    public void An_abort_lets_what_moves_go_on_or_takes_it_back()
    {
        foreach (var rollouts in (bool[])[false, true])
        {
            var campaign = Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", Letters)) with { Parallelism = 2 });
            campaign.Run(Step, c => c.Running.Count == 2);
            campaign.Tell(new MigrationCommand.Abort(campaign.NoteBy("ann"), [], rollouts));
            campaign.Run(Step);
            campaign.Moves.Select(m => m.Phase).ShouldBe(rollouts ? [MovePhase.Failed, MovePhase.Failed, MovePhase.Skipped, MovePhase.Skipped] : [MovePhase.Moved, MovePhase.Moved, MovePhase.Skipped, MovePhase.Skipped]);
            campaign.Moves[3].Sentence.ShouldBe("it did not begin before the end: aborted by ann");
            campaign.Migration.Phase.ShouldBe(MigrationPhase.Aborted);
            campaign.Traffic.Apps.Values.ShouldAllBe(a => a.State.Value!.Campaign == null);
        }
    }

    [Fact]
    public void The_forecast_narrows_to_what_was_measured()
    {
        var campaign = Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", Letters)));
        campaign.Rolls = (_, _) => (TimeSpan.FromMinutes(34), RolloutPhase.Succeeded);
        campaign.Run(Step, c => c.Running.Count == 1);
        var first = campaign.Forecast!;
        ((first.Latest - first.Earliest).TotalMinutes, first.Sentence).ShouldBe((4 * 17, $"done about {first.Earliest:yyyy-MM-dd HH:mm} to {first.Latest:yyyy-MM-dd HH:mm} UTC, by the plans; nothing has moved yet"));
        campaign.Run(Step, c => MoveCounts.Of(c.Moves).Moved == 3);
        var last = campaign.Forecast!;
        (last.Latest - last.Earliest).ShouldBeLessThan(TimeSpan.FromMinutes(2));
        campaign.Run(Step);
        campaign.Now.ShouldBeInRange(last.Earliest - TimeSpan.FromMinutes(2), last.Latest + TimeSpan.FromMinutes(2));
    }

    [Fact]
    public void Applications_that_are_let_go_under_a_rollback_of_all_stay_locked_by_it()
    {
        var migration = SomeMigration.Draft(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a")));
        var app = SomeMigration.App("a").With(s => s with { Campaign = migration.Holder });
        var move = new Move { Migration = migration.Name, App = app.Name, Wave = 0, Rank = 0, To = Colour.Green, Phase = MovePhase.Skipped, At = Some.Noon };
        var traffic = new TrafficSnapshot(TrafficSnapshot.Empty.Apps.Add(app.Name, app), SomeMigration.At(Some.Rollback(RollbackTarget.Stable), 99), 99);
        var changes = MigrationChanges.LetGo(migration, 5, new MigrationAct.LetGo([move], "x"), traffic, _ => 6).Changes;
        var state = Reading.Of<AppState>(new Entry("state/a", changes.OfType<Change.Put>().Single(c => c.Key == "state/a").Value, 100)).Find()!;
        (state.Campaign, state.Lock!.To, state.Lock.By).ShouldBe((null, Colour.Blue, "carl"));
        changes.ShouldContain(new Change.Unchanged(Keys.FleetRollback, 99));
    }

    private static SimulatedCampaign Of(MigrationDefinition definition) => new(definition, Letters.Select(a => SomeMigration.App(a)), seed: 1);

    private static Commanded Apply(SimulatedCampaign campaign, Func<ChangeNote, MigrationCommand> command, string by) => MigrationCommands.Apply(campaign.Migration, campaign.Moves, command(campaign.NoteBy(by)));
}
