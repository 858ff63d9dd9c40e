using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Overview;

/// <summary>What a rollback of all applications to their stable colours would find now.</summary>
/// <param name="Applications">How many there are.</param>
/// <param name="Moves">How many of them have traffic elsewhere, or may have: nothing valid says where it goes.</param>
/// <param name="Unfit">Those whose stable colour has no usable server on some node, with a sentence each; by name.</param>
/// <param name="Unheard">Nodes of which that is not known, and why.</param>
public sealed record FleetRollbackPreview(int Applications, int Moves, IReadOnlyList<(AppName App, string Why)> Unfit, IReadOnlyList<string> Unheard)
{
    /// <param name="blue">What the nodes say of who could leave blue.</param>
    /// <param name="green">What the nodes say of who could leave green.</param>
    public static FleetRollbackPreview Of(TrafficSnapshot snapshot, ColourSides blue, ColourSides green)
    {
        var apps = snapshot.Apps.Values.Where(a => a.Exists).OrderBy(a => a.Name.Value, StringComparer.Ordinal).ToList();
        return new FleetRollbackPreview(
            apps.Count,
            apps.Count(a => a.FindDesired(snapshot.Fleet)?.Of(a.State.Value!.Stable) != Share.All),
            // Who leaves a colour goes to the other one: that is what was asked about.
            [.. apps.Select(a => (a.Name, Why: (a.State.Value!.Stable == Colour.Blue ? green : blue).FindUnfit(a.Name.Value))).Where(a => a.Why is not null).Select(a => (a.Name, a.Why!))],
            [.. blue.Nodes.Where(n => n.Problem is not null).Select(n => $"{n.Node}: {n.Problem}")]);
    }
}
