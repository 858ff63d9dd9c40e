using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Overview;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Overview;

public sealed class FleetRollbackPreviewTests
{
    private static readonly ColourSides AllWell = Sides(Colour.Blue, new ColourNodeStatus { Node = "hap1" });

    [Fact]
    public void An_application_with_traffic_away_from_its_stable_colour_would_move()
    {
        var found = Of(Some.Weights(90, 10), AllWell, Sides(Colour.Green));
        (found.Applications, found.Moves, found.Unfit.Count, found.Unheard.Count).ShouldBe((1, 1, 0, 0));
        Of(Some.Weights(100, 0), AllWell, Sides(Colour.Green)).Moves.ShouldBe(0);
    }

    [Fact]
    public void Whose_stable_colour_has_no_usable_server_is_named_with_the_nodes()
    {
        // Whoever could not leave green for blue would find nothing on blue.
        var green = Sides(Colour.Green, new ColourNodeStatus { Node = "hap1", Unfit = ["shop"] }, new ColourNodeStatus { Node = "hap2" });

        Of(Some.Weights(100, 0), AllWell, green).Unfit.ShouldBe([(Some.Shop, "no server of blue is usable on hap1")]);
        Of(Some.Weights(100, 0), Sides(Colour.Blue, new ColourNodeStatus { Node = "hap1", Unfit = ["shop"] }), Sides(Colour.Green)).Unfit.ShouldBeEmpty();
    }

    [Fact]
    public void A_node_that_is_silent_is_named_once() =>
        Of(Some.Weights(100, 0), Sides(Colour.Blue, ColourNodeStatus.Unknown("hap2", "refused")), Sides(Colour.Green, ColourNodeStatus.Unknown("hap2", "refused"))).Unheard.ShouldBe(["hap2: refused"]);

    private static FleetRollbackPreview Of(Weights weights, ColourSides blue, ColourSides green) =>
        FleetRollbackPreview.Of(Some.Snapshot(Some.Definition.At(1), Some.State.At(2), weights.At(3)), blue, green);

    private static ColourSides Sides(Colour colour, params ColourNodeStatus[] nodes) => new(colour, nodes);
}
