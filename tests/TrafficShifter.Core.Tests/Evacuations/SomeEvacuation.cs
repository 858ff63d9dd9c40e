using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Evacuations;

/// <summary>The application "shop" as it is before, during and after an evacuation of green.</summary>
internal static class SomeEvacuation
{
    public static Evacuation OfGreen { get; } = new() { Id = Some.Note.Id, Colour = Colour.Green, Phase = EvacuationPhase.Evacuating, By = "anna", Reason = "new network", At = Some.Noon };

    public static ColourSides Healthy { get; } = new(Colour.Green, [new ColourNodeStatus { Node = "hap1", Watermark = 1_000 }]);

    public static ColourSides Unhealthy { get; } = new(Colour.Green, [new ColourNodeStatus { Node = "hap1", Watermark = 1_000, Unfit = ["shop"] }]);

    /// <summary>An application that stands, as the store has it.</summary>
    public static TrafficSnapshot Shop(AppState state, Weights? weights = null, params Entry[] more) =>
        Some.Snapshot([Some.Definition.At(3), state.At(4), (weights ?? Some.Weights(100, 0)).At(5), .. more]);

    /// <summary>The state of "shop" once green is evacuated.</summary>
    public static AppState StateAfter(AppState before, Weights weights, Evacuation? evacuation = null) => After(Shop(before, weights), evacuation ?? OfGreen).State;

    /// <summary>What the evacuation writes of "shop".</summary>
    public static (AppState State, Weights Weights) After(TrafficSnapshot before, Evacuation evacuation)
    {
        var leave = Departure.Find(before.Find(Some.Shop), before.Fleet, evacuation, Healthy).ShouldBeOfType<Departure.Leave>();
        var changes = EvacuationChanges.Leave(before.Find(Some.Shop), before.Fleet, evacuation, leave.Closes, Some.Note);
        return (Read<AppState>(changes, Keys.StateOf(Some.Shop)), Read<Weights>(changes, Keys.WeightsOf(Some.Shop)));
    }

    public static T Read<T>(IEnumerable<Change> changes, string key)
        where T : Document => Reading.Of<T>(new Entry(key, changes.OfType<Change.Put>().Single(c => c.Key == key).Value, 1)).Find()!;
}
