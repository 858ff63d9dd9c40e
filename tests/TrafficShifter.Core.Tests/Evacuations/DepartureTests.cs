using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Evacuations;

/// <summary>What an evacuation of green does with one application, and what a restore does.</summary>
public sealed class DepartureTests
{
    private static readonly Evacuation Green = SomeEvacuation.OfGreen;

    [Fact]
    public void All_traffic_goes_to_the_other_side_which_is_stable_and_what_was_there_is_remembered()
    {
        var (state, weights) = SomeEvacuation.After(SomeEvacuation.Shop(Some.State with { Stable = Colour.Green, OverrideAck = "01" }, Some.Weights(3, 7)), Green);

        weights.ShouldBe(new Weights { Blue = 100, Green = 0, By = "anna", Reason = "release 42", At = Some.Noon, Change = Some.Note.Id });
        (state.Stable, state.Campaign, state.OverrideAck).ShouldBe((Colour.Blue, "evacuation/green", "01"));
        state.Evacuated!.Before.ShouldBe(new TrafficBefore { Blue = 3, Green = 7, Stable = Colour.Green });
        state.Lock.ShouldBe(new TrafficLock { To = Colour.Blue, By = "anna", Reason = "green is evacuated: new network", At = Some.Noon, Evacuation = Green.Id });
    }

    [Fact]
    public void Traffic_that_leaves_in_steps_is_locked_out_with_the_last_one()
    {
        var evacuation = Green with { Steps = [new EvacuationStep { Share = Share.Parse("50%") }, new EvacuationStep { Share = Share.All }] };
        var (state, weights) = SomeEvacuation.After(SomeEvacuation.Shop(Some.State, Some.Weights(60, 40)), evacuation);

        (state.Lock, state.Evacuated!.Left.ToString()).ShouldBe((null, "50%"));
        (weights.Blue, weights.Green).ShouldBe((80, 20));
        var second = SomeEvacuation.After(SomeEvacuation.Shop(state, weights), evacuation with { Step = 1 });
        (second.Weights.Blue, second.Weights.Green, second.State.Lock!.Evacuation).ShouldBe((100, 0, Green.Id));
        second.State.Evacuated!.Before.ShouldBe(new TrafficBefore { Blue = 60, Green = 40, Stable = Colour.Blue });
        Departure.Find(SomeEvacuation.Shop(second.State, second.Weights).Find(Some.Shop), Known<FleetRollback>.Nothing, evacuation with { Step = 1 }, SomeEvacuation.Healthy).ShouldBeOfType<Departure.Done>();
    }

    [Fact]
    public void A_rollout_that_ends_by_force_had_moved_nothing_that_comes_back()
    {
        var running = Some.State with { Rollout = "shop-01jd2x3y4z5a6b7c8d9e0f1g2h" };
        Find(running, Green).ShouldBeOfType<Departure.RefuseRollout>().Why.ShouldStartWith("rollout shop-01jd2x3y4z5a6b7c8d9e0f1g2h is running");

        var (state, _) = SomeEvacuation.After(SomeEvacuation.Shop(running, Some.Weights(75, 25)), Green with { Force = true });

        Find(state, Green with { Force = true }).ShouldBeOfType<Departure.Done>("it ends by the lock");
        Find(state with { Lock = null }, Green with { Force = true }).ShouldBeOfType<Departure.Leave>("without one it would bring it back");
        (state.Rollout, state.Lock!.To, state.Evacuated!.Before.Blue, state.Evacuated.Before.Green).ShouldBe((running.Rollout, Colour.Blue, 100, 0));
    }

    [Fact]
    public void What_somebody_else_holds_is_left()
    {
        Find(Some.State with { Lock = Some.Lock(Colour.Green) }, Green with { Force = true }).ShouldBe(new Departure.Refuse("all traffic is locked to green by ben (errors): unlock it first"));
        Find(Some.State with { Campaign = "migration/q3" }, Green with { Force = true }).ShouldBe(new Departure.Refuse("migration/q3 holds it: abort that first"));
        Find(Some.State, Green with { Force = true, TakenOut = [Some.Shop] }).ShouldBe(new Departure.Refuse("a person took it out of the evacuation"));
        Find(Some.State with { Schema = 2 }, Green with { Force = true }).Obstacle.ShouldBe("its state cannot be written");
        Find(SomeEvacuation.StateAfter(Some.State, Some.Weights(100, 0)), Green with { Colour = Colour.Blue }).Obstacle.ShouldStartWith("green is evacuated by anna (new network)");
    }

    [Fact]
    public void A_lock_that_leads_away_from_the_colour_stays_a_person_s()
    {
        var (state, _) = SomeEvacuation.After(SomeEvacuation.Shop(Some.State with { Stable = Colour.Green, Lock = Some.Lock(Colour.Blue) }, Some.Weights(0, 100)), Green);
        (state.Lock, state.Stable).ShouldBe((Some.Lock(Colour.Blue), Colour.Blue));
        var (late, _) = SomeEvacuation.After(SomeEvacuation.Shop(Some.State with { Stable = Colour.Green }, Some.Weights(0, 100), Some.Rollback(RollbackTarget.Blue).At(50)), Green);
        late.Lock!.By.ShouldBe("carl", "a rollback of all that is not swept yet is not escaped");
    }

    [Fact]
    public void An_application_whose_other_side_has_no_server_is_left_unless_forced()
    {
        var shop = SomeEvacuation.Shop(Some.State).Find(Some.Shop);
        Departure.Find(shop, Known<FleetRollback>.Nothing, Green, SomeEvacuation.Unhealthy).ShouldBe(new Departure.RefuseUnhealthy("no server of blue is usable on hap1"));
        Departure.Find(shop, Known<FleetRollback>.Nothing, Green with { Force = true }, SomeEvacuation.Unhealthy).ShouldBeOfType<Departure.Leave>();
        SomeEvacuation.StateAfter(Some.State, Some.Weights(0, 1), Green with { Force = true, Sever = true }).Lock.ShouldBe(new TrafficLock
        {
            To = Colour.Blue, By = "anna", Reason = "green is evacuated: new network", At = Some.Noon, Evacuation = Green.Id, Force = true, Sever = true,
        });
    }

    [Fact]
    public void What_must_be_done_before_is_waited_for_also_when_forced()
    {
        var hook = new LeavingRule { Hook = new LeavingHook { Url = "https://db.example.com/move" } };
        var (passed, failed) = (HookOutcome.OfStatus(204, "db.example.com", TimeSpan.FromMilliseconds(9), Some.Noon), HookOutcome.OfStatus(503, "db.example.com", TimeSpan.FromMilliseconds(9), Some.Noon));
        var approved = new LeavingApproval { By = "ben", At = Some.Noon };
        const string ByWord = "; POST /api/v1/colours/green/apps/shop/approve lets it leave";
        Wait(hook, null).ShouldBe($"it waits for its hook; it is asked every 10s{ByWord}");
        Wait(hook, Known with { Last = failed }).ShouldBe($"it waits for its hook: db.example.com answered 503 in 9ms; it is asked every 10s{ByWord}");
        Wait(hook, Known with { Last = passed }).ShouldBeNull();
        Wait(hook, Known with { Last = passed, Evacuation = "another" }).ShouldStartWith("it waits for its hook;");
        Wait(hook with { Approve = true }, Known with { Last = passed }).ShouldBe($"it waits for a person's word{ByWord}");
        Wait(hook with { Approve = true }, Known with { Last = failed, Approval = approved }).ShouldBeNull("a person has the last word");
        Wait(new LeavingRule { Approve = true }, Known with { Approval = approved }).ShouldBeNull();

        AppLeaving.IsDue(hook, null, Green, Some.Noon).ShouldBeTrue();
        AppLeaving.IsDue(hook, Known with { Last = failed }, Green, Some.Noon.AddSeconds(9)).ShouldBeFalse();
        AppLeaving.IsDue(hook, Known with { Last = failed }, Green, Some.Noon.AddSeconds(10)).ShouldBeTrue();
        AppLeaving.IsDue(hook, Known with { Last = failed }, Green, Some.Noon.AddHours(-3)).ShouldBeTrue("the clock was set back");
        AppLeaving.IsDue(hook with { Approve = true }, Known with { Last = passed }, Green, Some.Noon.AddHours(1)).ShouldBeFalse();
        AppLeaving.IsDue(new LeavingRule { Approve = true }, null, Green, Some.Noon).ShouldBeFalse();

        static string? Wait(LeavingRule rule, AppLeaving? known)
        {
            var snapshot = Some.Snapshot((Some.Definition with { Leaving = rule }).At(3), Some.State.At(4), Some.Weights(0, 100).At(5));
            return (Departure.Find(snapshot.Find(Some.Shop), snapshot.Fleet, Green with { Force = true }, SomeEvacuation.Healthy, known) as Departure.Wait)?.Why;
        }
    }

    [Theory]
    [InlineData("""{}""", "leaving: a hook, \"approve\": true, or both")]
    [InlineData("""{"hook":{"url":"ftp://db"}}""", "leaving/hook/url: not an absolute http or https URL")]
    [InlineData("""{"hook":{"url":"http://db","timeout":"11m"}}""", "leaving/hook/timeout: 100ms to 10m, not 11m")]
    [InlineData("""{"hook":{"url":"http://db","interval":"0s"}}""", "leaving/hook/interval: 1s to 1h, not 0s")]
    [InlineData("""{"approve":true}""", null)]
    public void A_rule_has_its_limits(string rule, string? problem) =>
        (Some.Definition with { Leaving = System.Text.Json.JsonSerializer.Deserialize<LeavingRule>(rule, DocumentJson.Options) }).FindProblem().ShouldBe(problem);

    [Fact]
    public void A_wave_that_selects_nobody_or_somebody_twice_is_refused()
    {
        var shop = SomeEvacuation.Shop(Some.State);
        Problem(new WaveSelection { Apps = [Some.Shop] }).ShouldBeNull();
        Problem(new WaveSelection { Apps = [Core.Apps.AppName.Parse("nosuch")] }).ShouldBe(("/waves/0/apps", "there is no application \"nosuch\""));
        Problem(new WaveSelection { Owners = ["nobody"] }).ShouldBe(("/waves/0", "matches no application (owner nobody)"));
        Problem(new WaveSelection { Apps = [Some.Shop] }, new WaveSelection { Criticality = new CriticalityRange() }).ShouldBe(("/waves/1", "\"shop\" is of wave 1 too: an application leaves once"));
        (Green with { Waves = [new WaveSelection()] }).FindProblem().ShouldBe("waves/0: apps, labels, owners or criticality");

        (string, string)? Problem(params WaveSelection[] waves) => EvacuationPreview.FindWaveProblem(shop, Green with { Waves = waves });
    }

    [Fact]
    public void The_only_healthy_side_is_not_left()
    {
        var preview = EvacuationPreview.Of(SomeEvacuation.Shop(Some.State), Green, SomeEvacuation.Unhealthy);
        preview.FindRefusal().ShouldBe("green is the only healthy side: shop (no server of blue is usable on hap1). Nothing was moved; \"force\": true moves it all the same");
        EvacuationPreview.Of(TrafficSnapshot.Empty, Green, SomeEvacuation.Healthy).FindRefusal().ShouldBe("there is no application to evacuate");
        EvacuationPreview.Of(SomeEvacuation.Shop(Some.State with { Rollout = "shop-01jd2x3y4z5a6b7c8d9e0f1g2h" }), Green, SomeEvacuation.Healthy).FindRefusal()!.ShouldStartWith("1 application runs a rollout: shop (rollout ");
        EvacuationPreview.Of(SomeEvacuation.Shop(Some.State), Green, SomeEvacuation.Healthy).FindRefusal().ShouldBeNull();
    }

    [Fact]
    public void A_restore_begins_a_canary_or_gives_back_or_stays()
    {
        var restore = new Restoration { Id = "01JD2X3Y4Z5A6B7C8D9E0F1G2R", By = "ben", At = Some.Noon.AddHours(1) };
        var had = SomeEvacuation.StateAfter(Some.State, Some.Weights(70, 30));
        Back(had).ShouldBeOfType<Returning.Begin>();
        Back(SomeEvacuation.StateAfter(Some.State, Some.Weights(100, 0))).ShouldBeOfType<Returning.GiveBack>("nothing of it was there");
        Back(had with { Rollout = "r" }).ShouldBe(new Returning.Runs("r"));
        Back(had with { Lock = Some.Lock(Colour.Blue) with { At = Some.Noon.AddMinutes(-1) } }).ShouldBeOfType<Returning.GiveBack>("the lock that was there before keeps its traffic off");
        Back(had with { Lock = Some.Lock(Colour.Blue) with { At = Some.Noon.AddMinutes(1) } }).ShouldBe(new Returning.Stay("all traffic is locked to blue by ben (errors): unlock it, then restore again"));
        Back(had with { Lock = Some.Lock(Colour.Green) with { At = Some.Noon.AddMinutes(-1) } }).ShouldBeOfType<Returning.Stay>();
        Back(Fail(had, restore.At.AddMinutes(1))).ShouldBe(new Returning.Stay("rollout r did not bring it back: errors"));
        Back(Fail(had, restore.At.AddMinutes(-1))).ShouldBeOfType<Returning.Begin>("another restore tries again");

        Returning Back(AppState state)
        {
            var snapshot = SomeEvacuation.Shop(state);
            return Returning.Find(snapshot.Find(Some.Shop), snapshot.Fleet, restore);
        }
    }

    [Fact]
    public void What_is_given_back_is_what_was_there_to_the_number()
    {
        var state = SomeEvacuation.StateAfter(Some.State with { Stable = Colour.Green, OverrideAck = "01" }, Some.Weights(7, 0));
        var app = SomeEvacuation.Shop(state).Find(Some.Shop);

        var changes = EvacuationChanges.GiveBack(app, Known<FleetRollback>.Nothing, state.Evacuated!, Some.Note);

        SomeEvacuation.Read<AppState>(changes, "state/shop").ShouldBe(Some.State with { Stable = Colour.Green, StableSince = Some.Noon, OverrideAck = "01" });
        var weights = SomeEvacuation.Read<Weights>(changes, "weights/shop");
        (weights.Blue, weights.Green).ShouldBe((7, 0));
    }

    private static AppLeaving Known => new() { App = Some.Shop, Evacuation = Green.Id, Attempts = 1 };

    [Fact]
    public void Documents_are_stored_as_they_are_known()
    {
        Golden.Matches("evacuation.json", Green with
        {
            Origin = new ChangeOrigin("10.0.0.9", Token: "t1"), Force = true, Sever = true, Parallelism = 50, Step = 1, Held = TimeSpan.FromSeconds(3), TakenOut = [Some.Shop], EvacuatedAt = Some.Noon, EmptyAt = Some.Noon,
            Waves = [new WaveSelection { Labels = new Dictionary<string, string> { ["tier"] = "web" } }], Pause = TimeSpan.FromMinutes(5), Wave = 1,
            Steps = [new EvacuationStep { Share = Share.Parse("50%"), Hold = TimeSpan.FromMinutes(1) }, new EvacuationStep { Share = Share.All }],
            Restore = new Restoration { Id = "01JD2X3Y4Z5A6B7C8D9E0F1G2R", By = "ben", Reason = "rebuilt", At = Some.Noon, Parallelism = 20, EndedAt = Some.Noon },
        });
        Golden.Matches("state-evacuated.json", Fail(SomeEvacuation.StateAfter(Some.State, Some.Weights(70, 30), Green with { Force = true, Sever = true }), Some.Noon));
    }

    [Theory]
    [InlineData(0, "100%", "0s", "parallelism: 1 to 1000, not 0")]
    [InlineData(1001, "100%", "0s", "parallelism: 1 to 1000, not 1001")]
    [InlineData(1, "50%", "0s", "steps/1/share: 50% is not above 50%")]
    [InlineData(1, "99%", "0s", "steps/1/share: the last step is 100%, not 99%")]
    [InlineData(1, "100%", "25h", "steps/1/hold: 0s to 1d, not 1d1h")]
    [InlineData(1, "100%", "1m", null)]
    public void A_document_has_its_limits(int parallelism, string share, string hold, string? problem)
    {
        var found = (Green with { Parallelism = parallelism, Steps = [new EvacuationStep { Share = Share.Parse("50%") }, new EvacuationStep { Share = Share.Parse(share), Hold = Duration.Parse(hold) }] }).FindProblem();
        if (problem is null) found.ShouldBeNull();
        else found!.ShouldStartWith(problem);
    }

    private static AppState Fail(AppState state, DateTimeOffset at) => state with { Evacuated = state.Evacuated! with { Failed = new FailedReturn { Rollout = "r", Why = "errors", At = at } } };

    private static Departure Find(AppState state, Evacuation evacuation) => Departure.Find(SomeEvacuation.Shop(state).Find(Some.Shop), Known<FleetRollback>.Nothing, evacuation, SomeEvacuation.Healthy);
}
