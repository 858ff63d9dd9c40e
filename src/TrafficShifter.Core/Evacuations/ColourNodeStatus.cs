using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Evacuations;

/// <summary>One node's word on a colour that is to be left, or was: which applications could not go to the other one, and who is still there.</summary>
public sealed record ColourNodeStatus
{
    public required string Node { get; init; }

    /// <summary>Why nothing is known of the node, as a sentence; null when its agent answered and its HAProxy can be driven.</summary>
    public string? Problem { get; init; }

    /// <summary>Everything up to this index has been brought to the node's HAProxy, but for what is named here.</summary>
    public ulong Watermark { get; init; }

    /// <summary>Applications that the node serves and whose other side has no usable server there.</summary>
    public IReadOnlyList<string> Unfit { get; init; } = [];

    /// <summary>Evacuated applications that the node serves and that were not read back as wanted.</summary>
    public IReadOnlyList<string> NotObserved { get; init; } = [];

    /// <summary>How many applications, evacuated or not, have traffic on the colour there, as it was read back.</summary>
    public int Serving { get; init; }

    /// <summary>What the evacuated applications left behind; those only that were read back as wanted and whose traffic has left altogether.</summary>
    public FleetLeft? Left { get; init; }

    /// <summary>Since when none of them had a session or a new request there; null while one has, and while that is not known.</summary>
    public DateTimeOffset? QuietSince { get; init; }

    /// <param name="leaving">The colour.</param>
    /// <param name="apps">Each application with what was seen of it.</param>
    public static ColourNodeStatus Of(string node, Colour leaving, IReadOnlyCollection<(AppTraffic App, AppObservation Seen)> apps, ulong watermark, string? problem)
    {
        var served = apps.Where(a => a.Seen.Served).ToList();
        var evacuated = served.Where(a => a.App.State.Value?.Evacuated?.Colour == leaving).ToList();
        var left = evacuated.Where(a => a.Seen.InSync && a.App.State.Value!.Evacuated!.Left == Share.All && (a.Seen.Left is null || a.Seen.Left.Colour == leaving)).Select(a => a.Seen).ToList();
        return new ColourNodeStatus
        {
            Node = node,
            Problem = problem,
            Watermark = watermark,
            Unfit = Names(served.Where(a => a.Seen.Usable is { } usable && usable.Of(leaving.Other()).Usable == 0)),
            NotObserved = Names(evacuated.Where(a => !a.Seen.InSync)),
            Serving = served.Count(a => a.Seen.Observed is { } green && (leaving == Colour.Green ? green : green.Rest) > Share.None),
            Left = FleetLeft.Of(left),
            QuietSince = left.Count == evacuated.Count && left.All(LeftBehind.IsAtZero) && left.All(s => s.Left!.QuietSince is not null) ? left.Select(s => s.Left!.QuietSince).Max() : null,
        };
    }

    public static ColourNodeStatus Unknown(string node, string problem) => new() { Node = node, Problem = problem };

    /// <summary>Nobody is on the colour here, seen for long enough to say so. A node that serves none of the applications has nobody.</summary>
    public bool IsEmpty => Problem is null && NotObserved.Count == 0 && Serving == 0 && Left is { } left && (left.Applications == 0 || left is { IsAtZero: true, Quiet: true });

    /// <summary>The same in numbers alone, for those who may not know every application.</summary>
    /// <remarks>An agent's problem may name one as well.</remarks>
    internal ColourNodeStatus WithoutNames => this with { _isNameless = true, Problem = Problem is null ? null : "its agent or its HAProxy has a problem", Left = Left is null ? null : Left with { Names = [] } };

    private bool _isNameless;

    /// <summary>In one sentence.</summary>
    public string Describe(Colour colour) => this switch
    {
        { Problem: { } problem } => $"{Node}: what is left on {colour.Word()} is not known: {problem}",
        { NotObserved: { Count: > 0 } missing } => $"{Node}: {Words.Count(missing.Count, "application")}{(_isNameless ? "" : $" ({Words.List(missing)})")} {(missing.Count == 1 ? "is" : "are")} not observed as wanted, so what is left of {(missing.Count == 1 ? "it" : "them")} is not known",
        { Serving: > 0 } => $"{Node}: {Words.Count(Serving, "application")} {(Serving == 1 ? "has" : "have")} traffic on {colour.Word()}",
        { Left: { Applications: > 0, IsAtZero: false } left } => $"{Node}: {left.Describe()}",
        { Left.Applications: > 0, IsEmpty: false } => $"{Node}: {colour.Word()} is at 0 so far",
        { Left: { Applications: > 0 } left } => $"{Node}: {colour.Word()} is at 0: no session of {Words.Count(left.Applications, "application")} is left, and no request comes",
        _ => $"{Node}: it serves no evacuated application",
    };

    private static List<string> Names(IEnumerable<(AppTraffic App, AppObservation Seen)> apps) => [.. apps.Select(a => a.App.Name.Value).Order(StringComparer.Ordinal)];
}

/// <summary>All nodes' words on a colour.</summary>
public sealed record ColourSides(Colour Colour, IReadOnlyList<ColourNodeStatus> Nodes)
{
    private readonly Dictionary<string, List<string>> _unfit = Nodes.SelectMany(n => n.Unfit.Select(app => (app, n.Node))).GroupBy(u => u.app).ToDictionary(g => g.Key, g => g.Select(u => u.Node).ToList(), StringComparer.Ordinal);

    /// <summary>Nodes that serve the application and where none of the other colour's servers is usable, as a sentence; null when there are none.</summary>
    public string? FindUnfit(string app) => _unfit.TryGetValue(app, out var nodes) ? $"no server of {Colour.Other().Word()} is usable on {Words.List(nodes)}" : null;

    /// <summary>Evacuated applications that some node which answers does not have as wanted.</summary>
    public IReadOnlySet<string> NotObserved { get; } = Nodes.SelectMany(n => n.NotObserved).ToHashSet(StringComparer.Ordinal);

    /// <summary>Some node answers: without one nobody knows where traffic is.</summary>
    public bool IsAnyHeard => Nodes.Any(n => n.Problem is null);

    /// <summary>Every node that answers knows everything up to <paramref name="index"/>.</summary>
    public bool HaveReached(ulong index) => Nodes.All(n => n.Problem is not null || n.Watermark >= index);

    /// <summary>Nobody is left on the colour on any node, those that do not answer included.</summary>
    public bool AreEmpty => Nodes.Count > 0 && Nodes.All(n => n.IsEmpty);
}
