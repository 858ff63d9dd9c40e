using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

/// <summary>The store's documents of one application as sentences: <c>Some.Weights(90, 10).At(7)</c> is an entry with ModifyIndex 7.</summary>
internal static class Some
{
    public static readonly AppName Shop = AppName.Parse("shop");

    public static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public static readonly ChangeNote Note = new("01JD2X3Y4Z5A6B7C8D9E0F1G2H", "anna", "release 42", Noon);

    public static AppDefinition Definition => new() { Name = Shop, Routing = new Routing { Backend = ProxyName.Parse("shop") }.WithDefaults() };

    public static AppState State => new() { Stable = Colour.Blue };

    public static Weights Weights(int blue, int green) => new() { Blue = blue, Green = green };

    public static TrafficLock Lock(Colour to) => new() { To = to, By = "ben", Reason = "errors", At = Noon };

    public static FleetRollback Rollback(RollbackTarget to) => new() { To = to, By = "carl", Reason = "outage", At = Noon };

    public static Entry At(this AppDefinition definition, ulong index) => new(Keys.App(definition.Name), DocumentJson.Write(definition), index);

    public static Entry At(this Weights weights, ulong index) => new(Keys.WeightsOf(Shop), DocumentJson.Write(weights), index);

    public static Entry At(this AppState state, ulong index) => new(Keys.StateOf(Shop), DocumentJson.Write(state), index);

    public static Entry At(this FleetRollback rollback, ulong index) => new(Keys.FleetRollback, DocumentJson.Write(rollback), index);

    /// <summary>Everything that the store holds; its index is the newest entry's unless said.</summary>
    public static TrafficSnapshot Snapshot(params Entry[] entries) => TrafficSnapshot.Empty.Having(entries);

    /// <summary>The same follower after it listed a store that holds exactly this.</summary>
    public static TrafficSnapshot Having(this TrafficSnapshot before, params Entry[] entries) =>
        before.WithAll(entries, Math.Max(before.Index, entries.Select(e => e.ModifyIndex).DefaultIfEmpty(0ul).Max()));

    public static DesiredTraffic? Desired(this TrafficSnapshot snapshot) => snapshot.Find(Shop).FindDesired(snapshot.Fleet);

    /// <summary>Where the traffic goes and why, without the index.</summary>
    public static string Where(this TrafficSnapshot snapshot) =>
        snapshot.Desired() is { } d ? $"green {d.Green} by {d.Source}{(d.Force ? ", forced" : "")}" : "nowhere";

    public static IEnumerable<string> Problems(this TrafficSnapshot snapshot) => snapshot.Find(Shop).FindProblems(snapshot.Fleet);
}
