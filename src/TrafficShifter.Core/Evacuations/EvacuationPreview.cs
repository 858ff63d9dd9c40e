using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Evacuations;

/// <summary>What an evacuation would do with each application now.</summary>
/// <param name="Moves">Their traffic leaves.</param>
/// <param name="Left">They are left as they are.</param>
/// <param name="Done">Their traffic is away already.</param>
/// <param name="Waits">Their traffic leaves once what must be done before is done.</param>
public sealed record EvacuationPreview(
    Evacuation Evacuation, ColourSides Sides, IReadOnlyList<AppName> Moves, IReadOnlyList<(AppName App, Departure Departure)> Left, IReadOnlyList<AppName> Done,
    IReadOnlyList<(AppName App, string Why)> Waits)
{
    /// <summary>The wave of each application, from 0.</summary>
    public IReadOnlyDictionary<AppName, int> Waves { get; private init; } = new Dictionary<AppName, int>();

    /// <param name="leavings">How far applications are with what must be done before they leave.</param>
    public static EvacuationPreview Of(TrafficSnapshot snapshot, Evacuation evacuation, ColourSides sides, IReadOnlyDictionary<AppName, AppLeaving>? leavings = null)
    {
        // What it comes to in the end, whichever wave and step it is in now.
        var closing = evacuation with { Step = Math.Max(0, evacuation.Steps.Count - 1) };
        var all = EvacuationEngine.AppsOf(snapshot).Select(app => (app.Name, Departure: Departure.Find(app, snapshot.Fleet, closing, sides, leavings?.GetValueOrDefault(app.Name)))).ToList();
        return new EvacuationPreview(evacuation, sides,
            [.. all.Where(a => a.Departure is Departure.Leave).Select(a => a.Name)],
            [.. all.Where(a => a.Departure.Obstacle is not null)],
            [.. all.Where(a => a.Departure is Departure.Done).Select(a => a.Name)],
            [.. all.Where(a => a.Departure is Departure.Wait).Select(a => (a.Name, ((Departure.Wait)a.Departure).Why))])
        {
            Waves = EvacuationEngine.AppsOf(snapshot).ToDictionary(a => a.Name, a => evacuation.WaveOf(a.Definition.Value!)),
        };
    }

    /// <summary>Why it is not begun at all, as a sentence that names the applications; null when it may be.</summary>
    public string? FindRefusal()
    {
        var running = Left.Where(l => l.Departure is Departure.RefuseRollout).ToList();
        if (running.Count > 0)
            return $"{Words.Count(running.Count, "application")} {(running.Count == 1 ? "runs a rollout" : "run rollouts")}: {Name(running)}. Wait, abort {(running.Count == 1 ? "it" : "them")}, or say \"force\": true, which ends {(running.Count == 1 ? "it" : "them")} first";
        if (Moves.Count > 0 || Done.Count > 0 || Waits.Count > 0) return null;
        if (Left.Count == 0) return "there is no application to evacuate";
        return Left.All(l => l.Departure is Departure.RefuseUnhealthy)
            ? $"{Evacuation.Colour.Word()} is the only healthy side: {Name(Left)}. Nothing was moved; \"force\": true moves it all the same"
            : $"no application can leave {Evacuation.Colour.Word()}: {Name(Left)}";
    }

    /// <summary><c>12 applications leave it, 1 is left</c>.</summary>
    public string Describe() =>
        $"{Words.Count(Moves.Count, "application")} leave it{(Waits.Count > 0 ? $", {Words.Count(Waits.Count, "application")} {(Waits.Count == 1 ? "waits" : "wait")} for what must be done before ({Words.List([.. Waits.Select(w => w.App.Value)])})" : "")}{(Done.Count > 0 ? $", {Words.Count(Done.Count, "application")} already left" : "")}{(Left.Count > 0 ? $", {Words.Count(Left.Count, "application")} {(Left.Count == 1 ? "is" : "are")} left as {(Left.Count == 1 ? "it is" : "they are")} ({Words.List([.. Left.Select(l => l.App.Value)])})" : "")}";

    /// <summary>A wave that selects nobody, or somebody of an earlier one, with its place; null when there is none.</summary>
    public static (string At, string Problem)? FindWaveProblem(TrafficSnapshot snapshot, Evacuation evacuation)
    {
        var apps = EvacuationEngine.AppsOf(snapshot).ToList();
        for (var i = 0; i < evacuation.Waves.Count; i++)
        {
            var (wave, at) = (evacuation.Waves[i], $"/waves/{i}");
            var matched = apps.Where(a => wave.Matches(a.Definition.Value!)).ToList();
            if (wave.Apps?.FirstOrDefault(name => apps.All(a => a.Name != name)) is { } unknown) return ($"{at}/apps", $"there is no application \"{unknown}\"");
            if (matched.Count == 0) return (at, $"matches no application ({wave.Describe()})");
            if (matched.FirstOrDefault(a => evacuation.WaveOf(a.Definition.Value!) < i) is { } twice) return (at, $"\"{twice.Name}\" is of wave {evacuation.WaveOf(twice.Definition.Value!) + 1} too: an application leaves once");
        }
        return null;
    }

    private static string Name(IReadOnlyList<(AppName App, Departure Departure)> apps) => Words.List([.. apps.Select(a => $"{a.App} ({a.Departure.Obstacle})")], most: 20);
}
