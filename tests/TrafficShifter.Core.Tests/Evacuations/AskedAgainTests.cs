using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Evacuations;

/// <summary>Applications that have left green when the evacuation is asked for once more, and what those get back that people locked meanwhile.</summary>
public sealed class AskedAgainTests
{
    private static readonly Evacuation Green = SomeEvacuation.OfGreen;

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void What_has_left_is_locked_as_it_is_asked_for_now(bool force, bool sever)
    {
        var (away, again) = (SomeEvacuation.StateAfter(Some.State, Some.Weights(70, 30)), Green with { Force = force, Sever = sever });
        if (!force && !sever)
        {
            Find(away, again).ShouldBeOfType<Departure.Done>();
            return;
        }

        var (state, weights) = SomeEvacuation.After(SomeEvacuation.Shop(away, Some.Weights(100, 0)), again);

        (state.Lock!.Force, state.Lock.Sever, state.Lock.At).ShouldBe((force, sever, away.Lock!.At));
        state.Evacuated!.Before.ShouldBe(away.Evacuated!.Before);
        weights.ShareOf(Colour.Green).ShouldBe(Share.None);
        Find(state, again).ShouldBeOfType<Departure.Done>();
    }

    [Fact]
    public void What_has_left_altogether_does_not_come_back_in_steps()
    {
        var away = SomeEvacuation.StateAfter(Some.State, Some.Weights(0, 100));
        var again = Green with { Sever = true, Steps = [new EvacuationStep { Share = Share.Parse("50%") }, new EvacuationStep { Share = Share.All }] };

        var (state, weights) = SomeEvacuation.After(SomeEvacuation.Shop(away, Some.Weights(100, 0)), again);

        (state.Evacuated!.Left, state.Lock!.Sever, weights.ShareOf(Colour.Green)).ShouldBe((Share.All, true, Share.None));
    }

    [Fact]
    public void Weights_under_a_person_s_lock_are_not_what_it_had()
    {
        var (state, _) = SomeEvacuation.After(SomeEvacuation.Shop(Some.State with { Lock = Some.Lock(Colour.Blue) }, Some.Weights(70, 30)), Green);
        state.Evacuated!.Before.ShouldBe(new TrafficBefore { Blue = 100, Green = 0, Stable = Colour.Blue });
    }

    [Fact]
    public void An_unlock_ends_what_an_evacuated_application_would_get_back()
    {
        var half = Green with { Steps = [new EvacuationStep { Share = Share.Parse("50%") }, new EvacuationStep { Share = Share.Parse("75%") }, new EvacuationStep { Share = Share.All }] };
        var held = SomeEvacuation.StateAfter(Some.State, Some.Weights(70, 30), half) with { Lock = Some.Lock(Colour.Blue) };

        var changes = TrafficChanges.Unlock(SomeEvacuation.Shop(held, Some.Weights(85, 15)).Find(Some.Shop), held, Some.Note).Changes;

        var state = SomeEvacuation.Read<AppState>(changes, "state/shop");
        state.Evacuated!.Before.ShouldBe(new TrafficBefore { Blue = 100, Green = 0, Stable = Colour.Blue });
        (state.Evacuated.Left, state.Lock!.Evacuation).ShouldBe((Share.All, Green.Id));
        Find(state, half with { Step = 1 }).ShouldBeOfType<Departure.Done>("no further step sends traffic there");
    }

    private static Departure Find(AppState state, Evacuation evacuation) => Departure.Find(SomeEvacuation.Shop(state).Find(Some.Shop), Known<FleetRollback>.Nothing, evacuation, SomeEvacuation.Healthy);
}
