using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Evacuations;

/// <summary>What an evacuation would do with each application now.</summary>
/// <param name="Moves">Their traffic leaves.</param>
/// <param name="Left">They are left as they are.</param>
/// <param name="Done">Their traffic is away already.</param>
public sealed record EvacuationPreview(
    Evacuation Evacuation, ColourSides Sides, IReadOnlyList<AppName> Moves, IReadOnlyList<(AppName App, Departure Departure)> Left, IReadOnlyList<AppName> Done)
{
    public static EvacuationPreview Of(TrafficSnapshot snapshot, Evacuation evacuation, ColourSides sides)
    {
        var all = EvacuationEngine.AppsOf(snapshot).Select(app => (app.Name, Departure: Departure.Find(app, snapshot.Fleet, evacuation, sides))).ToList();
        return new EvacuationPreview(evacuation, sides,
            [.. all.Where(a => a.Departure is Departure.Leave).Select(a => a.Name)],
            [.. all.Where(a => a.Departure.Obstacle is not null)],
            [.. all.Where(a => a.Departure is Departure.Done).Select(a => a.Name)]);
    }

    /// <summary>Why it is not begun at all, as a sentence that names the applications; null when it may be.</summary>
    public string? FindRefusal()
    {
        var running = Left.Where(l => l.Departure is Departure.RefuseRollout).ToList();
        if (running.Count > 0)
            return $"{Words.Count(running.Count, "application")} {(running.Count == 1 ? "runs a rollout" : "run rollouts")}: {Name(running)}. Wait, abort {(running.Count == 1 ? "it" : "them")}, or say \"force\": true, which ends {(running.Count == 1 ? "it" : "them")} first";
        if (Moves.Count > 0 || Done.Count > 0) return null;
        if (Left.Count == 0) return "there is no application to evacuate";
        return Left.All(l => l.Departure is Departure.RefuseUnhealthy)
            ? $"{Evacuation.Colour.Word()} is the only healthy side: {Name(Left)}. Nothing was moved; \"force\": true moves it all the same"
            : $"no application can leave {Evacuation.Colour.Word()}: {Name(Left)}";
    }

    /// <summary><c>12 applications leave it, 1 is left</c>.</summary>
    public string Describe() =>
        $"{Words.Count(Moves.Count, "application")} leave it{(Done.Count > 0 ? $", {Words.Count(Done.Count, "application")} already left" : "")}{(Left.Count > 0 ? $", {Words.Count(Left.Count, "application")} {(Left.Count == 1 ? "is" : "are")} left as {(Left.Count == 1 ? "it is" : "they are")} ({Words.List([.. Left.Select(l => l.App.Value)])})" : "")}";

    private static string Name(IReadOnlyList<(AppName App, Departure Departure)> apps) => Words.List([.. apps.Select(a => $"{a.App} ({a.Departure.Obstacle})")], most: 20);
}
