using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Migrations;

public sealed class MigrationScheduleTests
{
    // "fast" takes two minutes, "standard" seventeen. Noon of the tables is a Saturday.
    private static readonly IReadOnlyList<AppTraffic> Fleet = [.. new[] { "a", "b", "c", "d" }.Select(n => SomeMigration.App(n, plan: n == "d" ? "standard" : "fast"))];

    [Fact]
    public void Slots_are_filled_in_order_and_waves_follow_after_their_pause()
    {
        var schedule = Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a", "b", "c") with { Parallelism = 2, Pause = TimeSpan.FromHours(1) }, SomeMigration.OfApps("two", "d") with { Gate = new WaveGate() }));
        Times(schedule).ShouldBe("a 12:00-12:02 b 12:00-12:02 c 12:02-12:04 | d 13:04-13:21");
        schedule.Ends.ShouldBe(Some.Noon.AddMinutes(81));
        schedule.Refusals.ShouldBeEmpty();
        schedule.Warnings.ShouldBe(["wave two waits for approval before it begins; its times are the earliest", "4 of 4 applications have no probe, in their definition or the migration's, and are not probed meanwhile: a, b, c and 1 more", "no rule stops it: however many applications are rolled back, the next ones begin"]);
        schedule.Waves[0].Moves[0].ShouldBe(new ScheduledMove(SomeMigration.Named("a"), Colour.Blue, Colour.Green, 50, "fast", TimeSpan.FromMinutes(2), Some.Noon, Some.Noon.AddMinutes(2), null));
    }

    [Fact]
    public void With_a_probe_of_the_migrations_own_all_are_probed() =>
        Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a", "b")) with { Preflight = new Preflight { Probe = new ReadinessProbe() } })
            .Warnings.ShouldNotContain(w => w.Contains("no probe", StringComparison.Ordinal));

    [Fact]
    public void Nothing_begins_outside_its_hours()
    {
        var schedule = Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a", "b", "c")) with
        {
            Calendar = new MoveCalendar { Hours = [new WeeklyHours { Days = [DayOfWeek.Saturday, DayOfWeek.Monday], From = "09:00", To = "12:03" }], Closed = [new FreezeWindow { Name = "x", Apps = [SomeMigration.Named("c")], From = Some.Noon.AddDays(1), To = Some.Noon.AddDays(2).AddHours(-2) }] },
        });
        Times(schedule).ShouldBe("a 12:00-12:02 b 12:02-12:04 c Mon 10:00-10:02");
    }

    [Fact]
    public void What_is_there_already_takes_no_time_and_is_said()
    {
        var schedule = Of(SomeMigration.To(MigrationTarget.Blue, SomeMigration.OfApps("one", "a", "b")) with { Stop = new StopRules { Rollbacks = 1 } });
        schedule.Ends.ShouldBe(Some.Noon);
        schedule.Warnings.ShouldBe(["2 of 2 applications are on their colour already and are left alone"]);
        schedule.Waves[0].Moves.ShouldAllBe(m => m.Note == "blue is its stable colour already: nothing to do" && m.Begins == null);
    }

    [Fact]
    public void Refusals_and_a_standstill_are_told_beside_the_schedule()
    {
        var schedule = MigrationSchedule.Of(SomeMigration.Name, SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a", "gone")),
            Selection.Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "a", "gone")), [Fleet[0].With(s => s with { Lock = Some.Lock(Colour.Blue) })]),
            Known<FleetRollback>.Nothing, new PlanBook(Presets.All), new Standstill(null, new Core.Documents.Reading<StopLine>.Good(new StopLine { By = "ben", At = Some.Noon }, 3)), Some.Noon);
        schedule.Refusals.ShouldBe(new Dictionary<string, string> { ["/waves/0/select/apps"] = "there is no application \"gone\"", ["/waves/0"] = "\"a\": all traffic is locked to blue by ben" });
        schedule.Ends.ShouldBeNull();
        schedule.Warnings.ShouldContain("now: the line is stopped by ben; nothing begins before that ends");
    }

    private static MigrationSchedule Of(MigrationDefinition definition) =>
        MigrationSchedule.Of(SomeMigration.Name, definition, Selection.Of(definition, Fleet), Known<FleetRollback>.Nothing, new PlanBook(Presets.All), Standstill.None, Some.Noon);

    private static string Times(MigrationSchedule schedule) => string.Join(" | ", schedule.Waves.Select(w => string.Join(' ', w.Moves.Select(m =>
        $"{m.App} {(m.Begins!.Value.Date == Some.Noon.Date ? "" : $"{m.Begins:ddd} ")}{m.Begins:HH:mm}-{m.Ends:HH:mm}"))));
}
