using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Evacuations;

/// <summary>How a colour stands, counted over all applications.</summary>
public sealed record ColourStanding(Colour Colour, Evacuation? Evacuation, ColourSides Sides)
{
    private bool _isEmpty;
    private ulong _newest;

    public int Apps { get; private init; }

    /// <summary>Applications of which the colour is to have traffic now.</summary>
    public int Serving { get; private init; }

    /// <summary>Applications whose traffic leaves, and is not all gone or not observed so.</summary>
    public int Leaving { get; private init; }

    /// <summary>Applications whose traffic is away.</summary>
    public int Evacuated { get; private init; }

    /// <summary>Applications whose canary back runs, with its rollout.</summary>
    public IReadOnlyList<(AppName App, string Why)> Returning { get; private init; } = [];

    /// <summary>Applications that an evacuation leaves as they are, and why; none when there is no evacuation.</summary>
    public IReadOnlyList<(AppName App, string Why)> Left { get; private init; } = [];

    /// <summary>Applications that wait for what must be done before they leave.</summary>
    public IReadOnlyList<(AppName App, string Why)> Waiting { get; private init; } = [];

    /// <summary>Applications that the restore does not bring back, and why.</summary>
    public IReadOnlyList<(AppName App, string Why)> NotRestored { get; private init; } = [];

    /// <summary>Since when nobody was seen on the colour on any node; null while somebody is, while that is not known, and when no traffic is away.</summary>
    public DateTimeOffset? QuietSince => Evacuated > 0 && _isEmpty ? Sides.Nodes.Select(n => n.QuietSince).Max() : null;

    public static ColourStanding Of(Colour colour, Evacuation? evacuation, TrafficSnapshot snapshot, ColourSides sides, IReadOnlyDictionary<AppName, AppLeaving>? leavings = null)
    {
        var apps = EvacuationEngine.AppsOf(snapshot).ToList();
        var gone = apps.Where(a => a.State.Value!.Evacuated?.Colour == colour).ToList();
        var returning = evacuation?.Restore is { } restore ? gone.Select(app => (app.Name, Returning: Evacuations.Returning.Find(app, snapshot.Fleet, restore))).ToList() : [];
        var preview = evacuation is { Phase: EvacuationPhase.Evacuating or EvacuationPhase.Evacuated } ? EvacuationPreview.Of(snapshot, evacuation, sides, leavings) : null;
        return new ColourStanding(colour, evacuation, sides)
        {
            Apps = apps.Count,
            Serving = apps.Count(a => a.FindDesired(snapshot.Fleet) is { } desired && desired.Of(colour) > Share.None),
            Leaving = gone.Count(a => a.State.Value is { Rollout: null } state && (state.Evacuated!.Left < Share.All || sides.NotObserved.Contains(a.Name.Value))),
            Evacuated = gone.Count,
            Returning = [.. returning.Where(r => r.Returning is Returning.Runs).Select(r => (r.Name, ((Returning.Runs)r.Returning).Rollout))],
            NotRestored = [.. returning.Where(r => r.Returning is Returning.Stay).Select(r => (r.Name, ((Returning.Stay)r.Returning).Why))],
            Left = preview is null ? [] : FindLeft(preview, snapshot),
            Waiting = preview?.Waits ?? [],
            _isEmpty = EvacuationEngine.IsEmpty(snapshot, sides),
            _newest = EvacuationEngine.NewestOf(snapshot),
        };
    }

    /// <summary>Who keeps its traffic: once all that could leave has left, those too that can leave by now, which only another call moves.</summary>
    private static IReadOnlyList<(AppName App, string Why)> FindLeft(EvacuationPreview preview, TrafficSnapshot snapshot)
    {
        var left = preview.Left.Select(l => (l.App, Why: l.Departure.Obstacle!));
        if (preview.Evacuation.Phase != EvacuationPhase.Evacuated) return [.. left];
        var again = $"POST /api/v1/colours/{preview.Evacuation.Colour.Word()}/evacuate moves it";
        var why = preview.Evacuation.Restore is null ? $"nothing keeps it there any more; {again}" : $"it was brought back; {again}";
        return [.. left.Concat(preview.Moves.Where(app => EvacuationEngine.IsServed(snapshot.Find(app), snapshot.Fleet, preview.Evacuation.Colour)).Select(app => (App: app, Why: why))).OrderBy(l => l.App.Value, StringComparer.Ordinal)];
    }

    /// <summary>The same for somebody who does not see all applications: no other's name is in it; the numbers are of all.</summary>
    public ColourStanding For(Func<AppName, bool> sees) => this with
    {
        Evacuation = Evacuation is null ? null : Evacuation with { TakenOut = [.. Evacuation.TakenOut.Where(sees)], Waves = [.. Evacuation.Waves.Select(w => w.Apps is null ? w : w with { Apps = [.. w.Apps.Where(sees)] })] },
        Sides = Sides with { Nodes = [.. Sides.Nodes.Select(n => n.WithoutNames)] },
        Returning = [.. Returning.Where(r => sees(r.App))],
        Left = [.. Left.Where(l => sees(l.App))],
        Waiting = [.. Waiting.Where(w => sees(w.App))],
        NotRestored = [.. NotRestored.Where(n => sees(n.App))],
    };

    /// <summary>In one sentence.</summary>
    public string Describe()
    {
        var (word, left) = (Colour.Word(), Left.Count == 0 ? "" : $"; {Words.Count(Left.Count, "application")} {(Left.Count == 1 ? "keeps its" : "keep their")} traffic there: {Words.List([.. Left.Select(l => $"{l.App} ({l.Why})")])}");
        return Evacuation?.Phase switch
        {
            EvacuationPhase.Evacuating => $"{word} is being evacuated by {Evacuation.By}: {Evacuated} of {Apps} applications leave or have left, {Leaving} of them not observed at their end{(Evacuation.Waves.Count == 0 ? "" : $"; wave {Evacuation.Wave + 1}")}{DescribeUnheard()}{(Waiting.Count == 0 ? "" : $"; {Words.Count(Waiting.Count, "application")} {(Waiting.Count == 1 ? "waits" : "wait")}: {Words.List([.. Waiting.Select(w => $"{w.App} ({w.Why})")])}")}{left}",
            EvacuationPhase.Evacuated when QuietSince is not null => $"{word} is evacuated and observed at 0: {Words.Count(Evacuated, "application")} left it, no session is there and no request comes{left}",
            EvacuationPhase.Evacuated => $"{word} is evacuated, {Words.Count(Evacuated, "application")} left it. {DescribePresent()}{left}{DescribeFailed()}",
            EvacuationPhase.Restoring => $"{word} is being restored by {Evacuation.Restore!.By}: {Words.Count(Evacuated, "application")} not back yet, {Returning.Count} on the way{DescribeFailed()}",
            _ => $"{word} serves {Words.Count(Serving, "application")} of {Apps}",
        };
    }

    private string DescribeUnheard() => Sides.IsAnyHeard ? "" : Sides.Nodes.Count == 0 ? "; it stands still: there is no node" : $"; it stands still, because no node answers: {Words.List([.. Sides.Nodes.Select(n => $"{n.Node} ({n.Problem})")])}";

    /// <summary>Why it is not observed at 0.</summary>
    private string DescribePresent() => string.Join(". ", new[] { Serving == 0 ? null : $"{Colour.Word()} is to serve {Words.Count(Serving, "application")}" }.OfType<string>()
        .Concat(Sides.Nodes.Where(n => !n.IsEmpty).Select(n => n.Describe(Colour)))
        .Concat(Sides.Nodes.Where(n => n.IsEmpty && n.Watermark < _newest).Select(n => $"{n.Node}: it does not know yet what was written last, so what is left there is not known")));

    private string DescribeFailed() => NotRestored.Count == 0 ? "" : $"; {Words.Count(NotRestored.Count, "application")} could not be brought back: {Words.List([.. NotRestored.Select(n => $"{n.App} ({n.Why})")])}";
}
