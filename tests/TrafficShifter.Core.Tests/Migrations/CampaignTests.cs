using System.Diagnostics;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Migrations;

/// <summary>Whole campaigns in simulated time.</summary>
public sealed class CampaignTests
{
    private const int Apps = 2_000;

    /// <summary>A working week: three waves by criticality, in office hours, with pauses. One in fifty is broken, one in forty is not ready before the second day.</summary>
    [Fact]
    public void A_campaign_of_2000_applications_over_a_week_with_deaths_at_random_writes()
    {
        var started = Stopwatch.GetTimestamp();
        var definition = new MigrationDefinition
        {
            To = MigrationTarget.Green,
            Waves = [Of("pilot", 0, 9) with { Parallelism = 5 }, Of("most", 10, 79), Of("core", 80, 100) with { Parallelism = 8 }],
            Plan = SomeMigration.Json("\"standard\""), Parallelism = 20, Pause = TimeSpan.FromHours(4), Attempts = 2,
            Calendar = new MoveCalendar { Hours = [new WeeklyHours { Days = [DayOfWeek.Monday, DayOfWeek.Tuesday, DayOfWeek.Wednesday, DayOfWeek.Thursday, DayOfWeek.Friday, DayOfWeek.Saturday, DayOfWeek.Sunday], From = "08:00", To = "20:00" }] },
            Stop = new StopRules { FailedShare = Share.Parse("10%") },
            NotReady = new NotReadyRule { Wait = TimeSpan.FromHours(30) },
        };
        var campaign = new SimulatedCampaign(definition, Enumerable.Range(0, Apps).Select(i => SomeMigration.App($"app-{i:D4}", criticality: i % 100, plan: null)), seed: 7, deaths: 0.01);
        var begin = campaign.Now;
        campaign.Rolls = (app, attempt) => (TimeSpan.FromMinutes(18 + Number(app) % 30), Number(app) % 50 == 13 || (Number(app) % 50 == 21 && attempt == 1) ? RolloutPhase.RolledBack : RolloutPhase.Succeeded);
        campaign.IsReady = (app, now) => Number(app) % 40 != 11 || now > begin.AddDays(1);
        campaign.Wrote = act => Check(campaign, act);
        campaign.Run(TimeSpan.FromMinutes(2));

        MoveCounts.Of(campaign.Moves).ShouldBe(new MoveCounts(0, 0, 0, Moved: Apps - Apps / 50, RolledBack: Apps / 50, 0, 0));
        campaign.Migration.Phase.ShouldBe(MigrationPhase.Done);
        campaign.Traffic.Apps.Values.ShouldAllBe(a => a.State.Value!.Campaign == null && a.State.Value.Rollout == null);
        foreach (var move in campaign.Moves) campaign.Traffic.Find(move.App).State.Value!.Stable.ShouldBe(Number(move.App) % 50 == 13 ? Colour.Blue : Colour.Green);
        foreach (var move in campaign.Moves) campaign.RolloutsOf(move.App).ShouldBe(Number(move.App) % 50 is 13 or 21 ? 2 : 1, move.App.Value);
        campaign.Moves.ShouldAllBe(m => m.StartedAt!.Value.Hour >= 8 && m.StartedAt.Value.Hour < 20);
        campaign.Deaths.ShouldBeGreaterThan(20);
        (campaign.Now - begin).ShouldBeInRange(TimeSpan.FromDays(4), TimeSpan.FromDays(9));
        campaign.Migration.EndedAt!.Value.ShouldBeGreaterThan(campaign.Planned.Ends!.Value, "the plan's own time is the least");
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromMinutes(2));
    }

    private static void Check(SimulatedCampaign campaign, MigrationAct act)
    {
        if (act is not MigrationAct.Begin begin) return;
        var migration = campaign.Migration;
        begin.Next.Wave.ShouldBe(migration.Wave);
        campaign.Traffic.Apps.Values.Count(a => a.State.Value!.Rollout is not null).ShouldBeLessThanOrEqualTo(migration.Definition.ParallelismOf(migration.Wave));
        campaign.IsReady(begin.Next.App, campaign.Now).ShouldBeTrue();
        migration.Definition.Calendar!.FindClosed(begin.Next.App, campaign.Now).ShouldBeNull();
    }

    private static int Number(AppName app) => int.Parse(app.Value[4..], System.Globalization.CultureInfo.InvariantCulture);

    private static Wave Of(string name, int min, int max) => new() { Name = name, Select = new WaveSelection { Criticality = new CriticalityRange { Min = min, Max = max } } };
}
