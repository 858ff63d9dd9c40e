using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Tests.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Evacuations;

/// <summary>Whole evacuations and restores, in a time of their own.</summary>
public sealed class EvacuationEngineTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Everybody_has_what_they_had_wherever_controllers_die(int seed)
    {
        var world = new EvacuationWorld(60, new Random(seed), deaths: 0.2);
        world.Register();
        var before = world.Everything();

        Evacuate(world);
        world.Snapshot.Apps.Values.ShouldAllBe(a => a.FindDesired(world.Snapshot.Fleet)!.Of(Colour.Green) == Share.None && a.State.Value!.Stable == Colour.Blue);
        world.Snapshot.Apps.Values.ShouldAllBe(a => a.State.Value!.Campaign == "evacuation/green" && a.State.Value.Lock!.Evacuation == world.Evacuation.Id);
        Restore(world, parallelism: 7);

        world.Evacuation.Phase.ShouldBe(EvacuationPhase.Restored);
        world.Everything().ShouldBe(before);
        (world.Deaths, world.Largest, world.MostCanaries).ShouldSatisfyAllConditions(d => d.Deaths.ShouldBeGreaterThan(5), d => d.Largest.ShouldBeLessThanOrEqualTo(ChangeSet.MaxOperations), d => d.MostCanaries.ShouldBeInRange(2, 7));
    }

    [Fact]
    public void An_application_that_cannot_be_brought_back_stays_where_it_is_and_another_restore_brings_it()
    {
        var world = new EvacuationWorld(20, new Random(4), deaths: 0.1);
        world.Register();
        var before = world.Everything();
        Evacuate(world);
        world.Broken.Add("app0000");

        Restore(world, parallelism: 20);

        world.Evacuation.Phase.ShouldBe(EvacuationPhase.Evacuated, "one is still away");
        world.Everything().Count(a => before.Contains(a)).ShouldBe(19);
        var left = world.Snapshot.Apps.Values.Single(a => a.State.Value!.Evacuated is not null);
        (left.Name.Value, left.FindDesired(world.Snapshot.Fleet)!.Green, left.State.Value!.Rollout, left.State.Value.Lock!.To).ShouldBe(("app0000", Share.None, null, Colour.Blue));
        left.State.Value.Evacuated!.Failed!.Why.ShouldContain("errors: 0.5 is beyond max 0.01");
        ColourStanding.Of(Colour.Green, world.Evacuation, world.Snapshot, SomeEvacuation.Healthy).Describe().ShouldContain("1 application could not be brought back: app0000 (rollout app0000-");

        world.Broken.Clear();
        Restore(world, parallelism: 20);
        world.Everything().ShouldBe(before);
    }

    [Fact]
    public void Traffic_leaves_in_steps_and_the_next_one_waits_for_its_time()
    {
        var world = new EvacuationWorld(10, new Random(5), deaths: 0);
        world.Register();
        var before = world.Everything();
        world.Write(SomeEvacuation.OfGreen with { Steps = [new EvacuationStep { Share = Share.Parse("50%"), Hold = TimeSpan.FromSeconds(30) }, new EvacuationStep { Share = Share.All }] });

        for (var turn = 0; turn < 25; turn++) world.Turn();

        var half = world.Snapshot;
        (world.Evacuation.Step, half.Find(Core.Apps.AppName.Parse("app0000")).FindDesired(half.Fleet)!.Green.ToString()).ShouldBe((0, "50%"), "it had all of it");
        half.Apps.Values.ShouldAllBe(a => a.State.Value!.Lock == null);
        world.Until(EvacuationPhase.Evacuated);
        (world.Now - SomeRollout.Noon).ShouldBeInRange(TimeSpan.FromSeconds(31), TimeSpan.FromSeconds(36));
        world.Turn();
        world.Evacuation.EmptyAt.ShouldBe(world.Now);
        Restore(world, parallelism: 10);
        world.Everything().ShouldBe(before);
    }

    [Fact]
    public void Waves_leave_one_after_the_other_and_those_of_none_at_the_end()
    {
        var world = new EvacuationWorld(10, new Random(7), deaths: 0.1);
        world.Register();
        var before = world.Everything();
        world.Write(SomeEvacuation.OfGreen with
        {
            Waves = [Wave("app0003"), Wave("app0001", "app0002")], Pause = TimeSpan.FromSeconds(20),
            Steps = [new EvacuationStep { Share = Share.Parse("50%"), Hold = TimeSpan.FromSeconds(5) }, new EvacuationStep { Share = Share.All }],
        });

        var seen = new List<string>();
        while (world.Evacuation.Phase == EvacuationPhase.Evacuating)
        {
            world.Turn();
            var away = world.Snapshot.Apps.Values.Where(a => a.State.Value!.Evacuated is { Left: var left } && left == Share.All).Select(a => a.Name.Value[^1..]).Order(StringComparer.Ordinal);
            if (string.Concat(away) is { Length: > 0 } names && seen.LastOrDefault() != names) seen.Add(names);
        }

        seen.ShouldBe(["3", "123", "0123456789"]);
        (world.Now - SomeRollout.Noon).ShouldBeGreaterThan(TimeSpan.FromSeconds(2 * 20 + 3 * 5));
        Restore(world, parallelism: 10);
        world.Everything().ShouldBe(before);

        static WaveSelection Wave(params string[] apps) => new() { Apps = [.. apps.Select(a => Core.Apps.AppName.Parse(a))] };
    }

    [Fact]
    public void A_restore_in_the_middle_of_an_evacuation_brings_back_what_had_left()
    {
        var world = new EvacuationWorld(50, new Random(6), deaths: 0);
        world.Register();
        var before = world.Everything();
        world.Write(SomeEvacuation.OfGreen with { Parallelism = 3 });
        for (var turn = 0; turn < 4; turn++) world.Turn();
        world.Snapshot.Apps.Values.Count(a => a.State.Value!.Evacuated is not null).ShouldBe(12);

        Restore(world, parallelism: 50);

        world.Everything().ShouldBe(before);
    }

    [Theory]
    [InlineData("100%", "5%, 50%")]
    [InlineData("50%", "5%, 50%")]
    [InlineData("30%", "5%, 30%")]
    [InlineData("5%", "5%")]
    [InlineData("0.01%", "0.01%")]
    public void A_plan_goes_up_to_what_the_application_had(string share, string steps)
    {
        var plan = Returning.PlanFor(SomeRollout.Plan, Share.Parse(share));
        string.Join(", ", plan.Steps.Select(s => s.Share)).ShouldBe(steps);
        plan.FindProblems().ShouldBeEmpty();
        foreach (var preset in Presets.All) Returning.PlanFor(preset, Share.Parse(share)).FindProblems().ShouldBeEmpty();
    }

    private static void Evacuate(EvacuationWorld world)
    {
        world.Write(SomeEvacuation.OfGreen);
        world.Until(EvacuationPhase.Evacuated);
    }

    private static void Restore(EvacuationWorld world, int parallelism)
    {
        world.Write(world.Evacuation with
        {
            Phase = EvacuationPhase.Restoring,
            Restore = new Restoration { Id = "01JD2X3Y4Z5A6B7C8D9E0F1G2R", By = "ben", At = world.Now, Plan = SomeRollout.Plan, Parallelism = parallelism },
        });
        for (var turn = 0; world.Evacuation.Phase == EvacuationPhase.Restoring; turn++)
        {
            turn.ShouldBeLessThan(5_000, "it ends");
            world.Turn();
        }
    }
}
