using TrafficShifter.Core.Evacuations;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Evacuations;

/// <summary>What a call makes of an evacuation's document.</summary>
internal static class EvacuationRequests
{
    /// <summary>A new evacuation, or the one that is on, which then looks again at the applications that it left.</summary>
    public static Evacuation Evacuate(Evacuation? current, Colour colour, bool force, bool sever, int? parallelism, IReadOnlyList<EvacuationStep> steps, ChangeNote note) =>
        current is { IsOn: true }
            ? current with
            {
                Phase = EvacuationPhase.Evacuating, Force = force || current.Force, Sever = sever || current.Sever, Parallelism = parallelism ?? current.Parallelism,
                Steps = current.Phase == EvacuationPhase.Evacuating ? current.Steps : steps, Step = current.Phase == EvacuationPhase.Evacuating ? current.Step : 0,
                EvacuatedAt = null, EmptyAt = null, Restore = null,
            }
            : new Evacuation
            {
                Id = note.Id, Colour = colour, Phase = EvacuationPhase.Evacuating, By = note.By, Reason = note.Reason, At = note.At, Origin = note.Origin,
                Force = force, Sever = sever, Parallelism = parallelism, Steps = steps, UnknownFields = current?.UnknownFields,
            };

    public static Evacuation Restore(Evacuation? current, Colour colour, Plan? plan, int parallelism, ChangeNote note) =>
        (current ?? Evacuate(null, colour, false, false, null, [], note)) with
        {
            Phase = EvacuationPhase.Restoring,
            Restore = new Restoration { Id = note.Id, By = note.By, Reason = note.Reason, At = note.At, Origin = note.Origin, Plan = plan, Parallelism = parallelism },
        };

    public static EvacuationDryRun Show(EvacuationPreview preview) => new(
        preview.Evacuation.Colour, [.. preview.Moves.Select(a => a.Value)], [.. preview.Left.Select(l => new AppSentence(l.App.Value, l.Departure.Obstacle!))], [.. preview.Done.Select(a => a.Value)])
    {
        Warnings = [.. preview.Sides.Nodes.Where(n => n.Problem is not null).Select(n => $"{n.Node}: {n.Problem}")],
    };
}
