using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Migrations;

/// <summary>The stored form of migrations, and what their definitions must keep to.</summary>
public sealed class MigrationDocumentsTests
{
    private static MigrationDefinition Full => new()
    {
        To = MigrationTarget.Green,
        Waves =
        [
            SomeMigration.OfApps("pilot", "blog", "wiki") with { Gate = new WaveGate(), Pause = TimeSpan.FromDays(1) },
            new Wave
            {
                Name = "shop", Select = new WaveSelection { Labels = new Dictionary<string, string> { ["tier"] = "shop" }, Owners = ["team checkout"], Criticality = new CriticalityRange { Min = 20 } },
                Plan = SomeMigration.Json("\"careful\""), Parallelism = 2, Gate = new WaveGate(["ann", "group:ops"]),
            },
        ],
        Plan = SomeMigration.Json("\"standard\""),
        Order = MoveOrder.Name,
        Parallelism = 3,
        Pause = TimeSpan.FromHours(1),
        Calendar = new MoveCalendar
        {
            Hours = [new WeeklyHours { Days = [DayOfWeek.Monday, DayOfWeek.Tuesday], From = "09:00", To = "16:00", Zone = "Europe/Berlin" }],
            Closed = [new FreezeWindow { Name = "launch", From = Some.Noon, To = Some.Noon.AddDays(2) }],
        },
        Stop = new StopRules { Rollbacks = 3, FailedShare = Share.Parse("10%"), AnyFailureInWave = true },
        Attempts = 2,
        NotReady = new NotReadyRule { Wait = TimeSpan.FromHours(2), Then = NotReadyAction.Fail },
        After = new Dictionary<Core.Apps.AppName, IReadOnlyList<Core.Apps.AppName>> { [SomeMigration.Named("wiki")] = [SomeMigration.Named("blog")] },
        Reason = "new network layer",
    };

    [Fact]
    public void A_migration_that_runs() => Golden.Matches("migration.json", SomeMigration.Draft(Full) with
    {
        Phase = MigrationPhase.Running,
        Wave = 1,
        Waves = [new WaveProgress { Approval = new Approval("ann", Some.Noon, "go"), BeganAt = Some.Noon, EndedAt = Some.Noon.AddHours(1), Paused = TimeSpan.FromMinutes(10) }, new WaveProgress()],
        Decisions = [new DecisionRecord(Some.Noon, "started", "started by anna", "anna")],
        StartedBy = "anna",
        StartedAt = Some.Noon,
    });

    [Fact]
    public void A_migration_that_starts() => Golden.Matches("migration-starting.json", SomeMigration.Draft(SomeMigration.To(MigrationTarget.Other, SomeMigration.OfApps("all", "shop"))) with
    {
        Phase = MigrationPhase.Starting, Frozen = [[new FrozenApp(Some.Shop, TimeSpan.FromMinutes(17))]], Waves = [new WaveProgress()],
    });

    [Fact]
    public void An_application_that_moves() => Golden.Matches("move.json", new Move
    {
        Migration = SomeMigration.Name, App = Some.Shop, Wave = 1, Rank = 4, To = Colour.Green, Phase = MovePhase.Moving, Takes = TimeSpan.FromMinutes(17), Rollout = RolloutId.Of(Some.Shop, Some.Note.Id),
        Attempts = 1, Sentence = "step 2 of 4 at 25%", At = Some.Noon, Waited = TimeSpan.FromSeconds(30), HeldBack = true, StartedAt = Some.Noon,
    });

    [Fact]
    public void One_with_everything_is_good() => Full.FindProblems().ShouldBeEmpty();

    [Fact]
    public void Everything_that_is_wrong_is_said_at_once()
    {
        var problems = (Full with
        {
            Waves =
            [
                new Wave { Name = "a b", Select = new WaveSelection() },
                SomeMigration.OfApps("twice", "shop", "shop") with { Gate = new WaveGate([]), Parallelism = 0, Pause = TimeSpan.FromDays(31), Plan = SomeMigration.Json("{\"steps\":[]}") },
                SomeMigration.OfApps("twice") with { Select = new WaveSelection { Apps = [], Labels = new Dictionary<string, string> { ["-"] = "x" }, Owners = [], Criticality = new CriticalityRange { Min = 60, Max = 40 } } },
            ],
            Parallelism = 101, Attempts = 6, RetryAfter = TimeSpan.FromDays(8), Pause = TimeSpan.FromDays(31),
            Calendar = new MoveCalendar { Hours = [new WeeklyHours { Days = [], From = "09:00" }], Closed = [new FreezeWindow { Name = "x" }] },
            Stop = new StopRules { Rollbacks = 0, FailedShare = Share.None },
            NotReady = new NotReadyRule { Wait = TimeSpan.FromDays(31) },
            After = new Dictionary<Core.Apps.AppName, IReadOnlyList<Core.Apps.AppName>> { [SomeMigration.Named("a")] = [SomeMigration.Named("b")], [SomeMigration.Named("b")] = [SomeMigration.Named("a")], [SomeMigration.Named("c")] = [] },
        }).FindProblems().Select(p => p.Pointer);
        problems.ShouldBe(
        [
            "/waves/0/name", "/waves/0/select", "/waves/1/parallelism", "/waves/1/pause", "/waves/1/gate/approvers", "/waves/1/select/apps", "/waves/1/plan/steps", "/waves/1/plan/steps/0/share", "/waves/2/name", "/waves/2/select/apps",
            "/waves/2/select/labels", "/waves/2/select/owners", "/waves/2/select/criticality", "/parallelism", "/attempts", "/retryAfter", "/pause", "/notReady/wait", "/stop/rollbacks", "/stop/failedShare",
            "/calendar/hours/0/days", "/calendar/closed/0/from", "/after/c", "/after/a",
        ], ignoreOrder: true);
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(2_500, false)]
    public void What_is_stored_fits_into_one_transaction_and_of_a_large_one_the_history_has_the_sentence_alone(int apps, bool withDocument)
    {
        var next = SomeMigration.Draft(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("all", [.. Enumerable.Range(0, apps).Select(i => $"an-application-with-a-long-name-{i}")])));
        var changes = MigrationChanges.Store(next, 5, next, Some.Note).Changes;
        changes.OfType<Change.Put>().Single().Key.ShouldBe("migrations/cilium-move");
        Reading.Of<HistoryEntry>(new Entry("history/-/x", changes.OfType<Change.Set>().Single().Value, 1)).Find()!.After.HasValue.ShouldBe(withDocument);
        // As Consul counts it: values in base 64, 512 KiB in all.
        changes.Sum(c => (c is Change.Put put ? put.Value : ((Change.Set)c).Value).Length * 4 / 3).ShouldBeLessThan(512 * 1024);
    }

    [Fact]
    public void A_cycle_is_spelled_out() => (Full with
    {
        After = new Dictionary<Core.Apps.AppName, IReadOnlyList<Core.Apps.AppName>>
        {
            [SomeMigration.Named("x")] = [SomeMigration.Named("a")], [SomeMigration.Named("a")] = [SomeMigration.Named("b")], [SomeMigration.Named("b")] = [SomeMigration.Named("a")],
        },
    }).FindProblems().ShouldBe([new PlanProblem("/after/a", "a cycle: a after b after a")]);
}
