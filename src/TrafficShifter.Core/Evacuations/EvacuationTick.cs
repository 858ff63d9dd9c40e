using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Evacuations;

/// <summary>Everything that one turn of an evacuation is decided on.</summary>
public sealed record EvacuationTick
{
    public required DateTimeOffset Now { get; init; }

    /// <summary>Time since the last turn of this evacuation in this process, by a monotonic clock; zero on the first.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>ModifyIndex of the evacuation's document.</summary>
    public required ulong Index { get; init; }

    /// <summary>All applications, read after everything that this process wrote.</summary>
    public required TrafficSnapshot Snapshot { get; init; }

    public required ColourSides Sides { get; init; }

    /// <summary>The plans that can be used, by name.</summary>
    public IReadOnlyDictionary<string, Plan> Plans { get; init; } = new Dictionary<string, Plan>();

    /// <summary>How far applications are with what must be done before they leave, each with the ModifyIndex of its document.</summary>
    public IReadOnlyDictionary<AppName, (AppLeaving Value, ulong Index)> Leavings { get; init; } = new Dictionary<AppName, (AppLeaving, ulong)>();

    /// <summary>Why nothing may go forward now for an application; null when it may. Holds back canaries, never an evacuation.</summary>
    public Standstill Standstill { get; init; } = Standstill.None;

    /// <summary>Makes ULIDs.</summary>
    public required Func<string> NewId { get; init; }
}

/// <summary>What one turn writes: transactions one after the other, each only if the one before was written.</summary>
/// <param name="Next">The evacuation after the turn.</param>
/// <param name="Sentence">What was decided about the whole evacuation; null when nothing was.</param>
public sealed record EvacuationTurn(Evacuation Next, IReadOnlyList<ChangeSet> Changes, string? Sentence = null)
{
    /// <summary>Applications whose hook is to be asked now, each with its next attempt.</summary>
    public IReadOnlyList<(AppTraffic App, int Attempt)> Ask { get; init; } = [];
}
