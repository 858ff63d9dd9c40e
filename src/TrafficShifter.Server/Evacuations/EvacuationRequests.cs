using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Evacuations;

/// <summary>What a call makes of an evacuation's document.</summary>
internal static class EvacuationRequests
{
    /// <summary>A new evacuation, or the one that is on, which then looks again at the applications that it left.</summary>
    public static Evacuation Evacuate(Evacuation? current, Colour colour, EvacuateRequest request, ChangeNote note) =>
        current is { IsOn: true }
            ? current with
            {
                Phase = EvacuationPhase.Evacuating, Force = request.Force || current.Force, Sever = request.Sever || current.Sever, Parallelism = request.Parallelism ?? current.Parallelism,
                Steps = current.Phase == EvacuationPhase.Evacuating ? current.Steps : request.Steps, Step = current.Phase == EvacuationPhase.Evacuating ? current.Step : 0,
                Waves = current.Phase == EvacuationPhase.Evacuating ? current.Waves : request.Waves, Wave = current.Phase == EvacuationPhase.Evacuating ? current.Wave : 0,
                Pause = current.Phase == EvacuationPhase.Evacuating ? current.Pause : request.Pause,
                EvacuatedAt = null, EmptyAt = null, Restore = null,
            }
            : new Evacuation
            {
                Id = note.Id, Colour = colour, Phase = EvacuationPhase.Evacuating, By = note.By, Reason = note.Reason, At = note.At, Origin = note.Origin,
                Force = request.Force, Sever = request.Sever, Parallelism = request.Parallelism, Steps = request.Steps, Waves = request.Waves, Pause = request.Pause, UnknownFields = current?.UnknownFields,
            };

    /// <summary>Whether a call asks for nothing that the evacuation which is on does not have already, once no application is left to be moved.</summary>
    public static bool AsksNothing(Evacuation? current, Evacuation next) =>
        current is { Phase: EvacuationPhase.Evacuating or EvacuationPhase.Evacuated, Restore: null } && (next.Force, next.Sever, next.Parallelism) == (current.Force, current.Sever, current.Parallelism);

    public static Evacuation Restore(Evacuation? current, Colour colour, Plan? plan, int parallelism, ChangeNote note) =>
        (current ?? Evacuate(null, colour, new EvacuateRequest(), note)) with
        {
            Phase = EvacuationPhase.Restoring,
            EmptyAt = null,
            Restore = new Restoration { Id = note.Id, By = note.By, Reason = note.Reason, At = note.At, Origin = note.Origin, Plan = plan, Parallelism = parallelism },
        };

    public static EvacuationDryRun Show(EvacuationPreview preview) => new(
        preview.Evacuation.Colour, [.. preview.Moves.Select(a => a.Value)], [.. preview.Left.Select(l => new AppSentence(l.App.Value, l.Departure.Obstacle!))], [.. preview.Done.Select(a => a.Value)])
    {
        Waiting = [.. preview.Waits.Select(w => new AppSentence(w.App.Value, w.Why))],
        Waves = preview.Evacuation.Waves.Count == 0 ? [] : [.. Enumerable.Range(0, preview.Evacuation.Waves.Count + 1).Select(wave => (IReadOnlyList<string>)[.. preview.Waves.Where(a => a.Value == wave).Select(a => a.Key.Value).Order(StringComparer.Ordinal)])],
        Warnings = [.. preview.Sides.Nodes.Where(n => n.Problem is not null).Select(n => $"{n.Node}: {n.Problem}")],
    };
}
