using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Evacuations;

/// <summary>When it is said that nobody is on green any more, and who is kept away from it from then on.</summary>
public sealed class EmptyColourTests
{
    private static readonly Evacuation Evacuated = SomeEvacuation.OfGreen with { Phase = EvacuationPhase.Evacuated, EvacuatedAt = Some.Noon };
    private static readonly Restoration Restored = new() { Id = "01JD2X3Y4Z5A6B7C8D9E0F1G2R", By = "ben", At = Some.Noon.AddHours(1), EndedAt = Some.Noon.AddHours(2) };
    private static readonly AppState Away = SomeEvacuation.StateAfter(Some.State, Some.Weights(0, 100));

    public static TheoryData<string, string?> Stories => new()
    {
        { "all have left", null },
        { "one was left and could leave now", "green is evacuated, 1 application left it. green is to serve 1 application; 1 application keeps its traffic there: till (nothing keeps it there any more; POST /api/v1/colours/green/evacuate moves it)" },
        { "one was brought back", "green is evacuated, 1 application left it. green is to serve 1 application; 1 application keeps its traffic there: till (it was brought back; POST /api/v1/colours/green/evacuate moves it)" },
        { "a person rolled back to it", "green is evacuated, 1 application left it. green is to serve 1 application; 1 application keeps its traffic there: shop (all traffic is locked to green by ben (errors): unlock it first)" },
        { "a node is behind", "green is evacuated, 1 application left it. hap1: it does not know yet what was written last, so what is left there is not known" },
        { "a node still has traffic there", "green is evacuated, 1 application left it. hap1: 2 applications have traffic on green" },
    };

    [Theory]
    [MemberData(nameof(Stories))]
    public void It_is_empty_once_nobody_is_served_there_and_every_node_knows(string story, string? otherwise)
    {
        var snapshot = story switch
        {
            "one was left and could leave now" or "one was brought back" => SomeEvacuation.Shop(Away, Some.Weights(100, 0), Till(new AppState { Stable = Colour.Green }, Some.Weights(0, 100))),
            "a person rolled back to it" => SomeEvacuation.Shop(Away with { Lock = Some.Lock(Colour.Green) }, Some.Weights(100, 0)),
            _ => SomeEvacuation.Shop(Away, Some.Weights(100, 0)),
        };
        var node = new ColourNodeStatus { Node = "hap1", Watermark = story == "a node is behind" ? 4ul : 1_000, Serving = story == "a node still has traffic there" ? 2 : 0, Left = new FleetLeft { Applications = 1, Quiet = true }, QuietSince = Some.Noon };
        var (sides, evacuation) = (new ColourSides(Colour.Green, [node]), story == "one was brought back" ? Evacuated with { Restore = Restored } : Evacuated);

        var standing = ColourStanding.Of(Colour.Green, evacuation, snapshot, sides);
        var next = Decide(evacuation, snapshot, sides).Next;

        (standing.QuietSince is not null, next.EmptyAt is not null).ShouldBe((otherwise is null, otherwise is null));
        standing.Describe().ShouldBe(otherwise ?? "green is evacuated and observed at 0: 1 application left it, no session is there and no request comes");
    }

    [Theory]
    [InlineData(Colour.Green, "0%", true)]
    [InlineData(Colour.Green, "100%", false)]
    [InlineData(Colour.Blue, "0%", false)]
    public void A_node_says_so_only_of_the_side_that_was_left_and_of_what_was_read_back(Colour left, string green, bool isEmpty)
    {
        var side = new LeftSide { Colour = left, LockedAt = Some.Noon }.Next(0, 0, Some.Noon).Next(0, 0, Some.Noon.AddSeconds(10));
        var seen = new AppObservation { Node = "hap1", App = Some.Shop, Served = true, InSync = true, Index = 5, Observed = Share.Parse(green), Left = side };

        var status = ColourNodeStatus.Of("hap1", Colour.Green, [(SomeEvacuation.Shop(Away).Find(Some.Shop), seen)], 1_000, null);

        (status.IsEmpty && status.QuietSince is not null).ShouldBe(isEmpty);
    }

    [Fact]
    public void Who_came_is_kept_away_without_moving_anything_but_nobody_after_a_restore()
    {
        var came = SomeEvacuation.Shop(Some.State, Some.Weights(100, 0));
        Decide(Evacuated, came).Changes.Count.ShouldBe(1);
        Decide(Evacuated with { Restore = Restored }, came).Changes.ShouldBeEmpty("it was given back what it had, nothing on green");
        Decide(Evacuated with { Force = true }, SomeEvacuation.Shop(Some.State with { Rollout = "shop-01jd2x3y4z5a6b7c8d9e0f1g2h" }, Some.Weights(100, 0))).Changes.ShouldBeEmpty("a rollout is not ended for it");
    }

    private static EvacuationTurn Decide(Evacuation evacuation, TrafficSnapshot snapshot, ColourSides? sides = null) => EvacuationEngine.Decide(evacuation, new EvacuationTick
    {
        Now = Some.Noon, Index = 9, Snapshot = snapshot, Sides = sides ?? SomeEvacuation.Healthy, NewId = () => Some.Note.Id,
    });

    private static Entry[] Till(AppState state, Weights weights)
    {
        var till = AppName.Parse("till");
        return
        [
            new Entry(Keys.App(till), DocumentJson.Write(Some.Definition with { Name = till }), 6),
            new Entry(Keys.StateOf(till), DocumentJson.Write(state), 7),
            new Entry(Keys.WeightsOf(till), DocumentJson.Write(weights), 8),
        ];
    }
}
