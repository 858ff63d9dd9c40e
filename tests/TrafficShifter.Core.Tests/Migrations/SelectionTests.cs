using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Migrations;

public sealed class SelectionTests
{
    private static readonly IReadOnlyList<AppTraffic> Fleet =
    [
        SomeMigration.App("blog", 5, "web", "payments"), SomeMigration.App("cart", 70, "shop", "checkout"), SomeMigration.App("pay", 90, "shop", "payments"), SomeMigration.App("wiki"),
    ];

    public static readonly TheoryData<WaveSelection, string> Chosen = new()
    {
        { new WaveSelection { Apps = [SomeMigration.Named("wiki"), SomeMigration.Named("blog")] }, "blog wiki" },
        { new WaveSelection { Labels = new Dictionary<string, string> { ["tier"] = "shop" } }, "cart pay" },
        { new WaveSelection { Owners = ["payments", "nobody"] }, "blog pay" },
        { new WaveSelection { Criticality = new CriticalityRange { Max = 50 } }, "blog wiki" },
        { new WaveSelection { Criticality = new CriticalityRange { Min = 51 } }, "cart pay" },
        { new WaveSelection { Owners = ["payments"], Criticality = new CriticalityRange { Min = 51 } }, "pay" },
    };

    [Theory]
    [MemberData(nameof(Chosen))]
    public void A_wave_has_the_applications_for_which_every_member_holds(WaveSelection select, string apps)
    {
        var selection = Selection.Of(SomeMigration.To(MigrationTarget.Green, new Wave { Name = "w", Select = select }), Fleet);
        string.Join(' ', selection.Waves[0].Select(a => a.Name)).ShouldBe(apps);
        selection.Problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData(MoveOrder.Criticality, "blog wiki cart pay")]
    [InlineData(MoveOrder.Name, "blog cart pay wiki")]
    [InlineData(MoveOrder.Listed, "wiki pay cart blog")]
    public void The_order_is_the_one_that_is_asked_for(MoveOrder order, string apps) =>
        string.Join(' ', Selection.Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("w", "wiki", "pay", "cart", "blog")) with { Order = order }, Fleet).Waves[0].Select(a => a.Name)).ShouldBe(apps);

    [Fact]
    public void What_is_wrong_with_it_is_named_with_its_place() =>
        Selection.Of(SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "blog", "gone"), new Wave { Name = "two", Select = new WaveSelection { Owners = ["payments"] } }, new Wave { Name = "three", Select = new WaveSelection { Owners = ["nobody"] } })
            with { After = new Dictionary<AppName, IReadOnlyList<AppName>> { [SomeMigration.Named("blog")] = [SomeMigration.Named("pay")], [SomeMigration.Named("wiki")] = [SomeMigration.Named("pay")], [SomeMigration.Named("pay")] = [SomeMigration.Named("cart")] } }, Fleet)
            .Problems.ShouldBe(
            [
                new PlanProblem("/waves/0/select/apps", "there is no application \"gone\""),
                new PlanProblem("/waves/1/select", "\"blog\" is of wave one too: an application moves once"),
                new PlanProblem("/waves/2/select", "matches no application (owner nobody)"),
                new PlanProblem("/after/blog", "\"pay\" is of a later wave (two) than \"blog\" (one)"),
                new PlanProblem("/after/wiki", "\"wiki\" is in no wave"),
                new PlanProblem("/after/pay", "\"cart\" is in no wave, so it never moves"),
            ]);

    public static readonly TheoryData<Func<AppTraffic, AppTraffic>, string?> Hindered = new()
    {
        { app => app, null },
        { app => app.With(s => s with { Campaign = "migration/cilium-move" }), null },
        { app => app.With(s => s with { Campaign = "evacuation/green" }), "it is held by evacuation/green" },
        { app => app.With(s => s with { Lock = Some.Lock(Colour.Blue) }), "all traffic is locked to blue by ben" },
        { app => app.With(s => s with { Rollout = "wiki-01jd2x3y4z5a6b7c8d9e0f1g2h" }), "a rollout is running" },
        { app => app with { Weights = SomeMigration.At(Some.Weights(90, 10)) }, "not all of its traffic is on its stable colour" },
        { app => app.With(s => s with { Schema = 2 }), "its state cannot be written: it is lost, broken or of a newer version" },
        { app => app with { Definition = SomeMigration.At(app.Definition.Value! with { Plan = null }) }, "it has no plan of its own, and neither its wave nor the migration names one" },
        { app => app with { Definition = SomeMigration.At(app.Definition.Value! with { Plan = "gone" }) }, "there is no plan \"gone\" that can be used" },
    };

    [Theory]
    [MemberData(nameof(Hindered))]
    public void What_stands_in_the_way_of_an_application_is_said(Func<AppTraffic, AppTraffic> change, string? why)
    {
        var (definition, plans) = (SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "blog", "wiki")), new PlanBook(Presets.All));
        var selection = Selection.Of(definition, [.. Fleet.Take(3), change(Fleet[3])]);
        Obstacles.Find(SomeMigration.Name, definition, selection, Known<FleetRollback>.Nothing, (wave, app) => plans.Find(definition.PlanOf(wave, app.Definition.Value!)).Problem)
            .ShouldBe(why is null ? [] : [new PlanProblem("/waves/0", $"\"wiki\": {why}")]);
    }

    [Fact]
    public void A_rollback_of_all_locks_every_application() =>
        Obstacles.FindOne(SomeMigration.Name, SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "wiki")), Fleet[3], SomeMigration.At(Some.Rollback(RollbackTarget.Stable), 99)).ShouldBe("all traffic is locked to blue by carl");

    [Fact]
    public void The_waves_plan_comes_first_then_the_applications_own_then_the_migrations()
    {
        var definition = SomeMigration.To(MigrationTarget.Green, SomeMigration.OfApps("one", "wiki"), SomeMigration.OfApps("two", "blog") with { Plan = SomeMigration.Json("\"fast\"") }) with { Plan = SomeMigration.Json("\"careful\"") };
        definition.PlanOf(0, Fleet[3].Definition.Value!)!.Value.GetString().ShouldBe("standard");
        definition.PlanOf(0, Fleet[3].Definition.Value! with { Plan = null })!.Value.GetString().ShouldBe("careful");
        definition.PlanOf(1, Fleet[3].Definition.Value!)!.Value.GetString().ShouldBe("fast");
    }
}
