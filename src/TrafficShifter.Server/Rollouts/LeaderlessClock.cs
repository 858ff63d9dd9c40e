using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Rollouts;

/// <summary>How long this process has watched the leader's lock without seeing anybody hold it.</summary>
/// <remarks>Only time in which it looked counts: a process that was stopped, or that could not read the store, knows of nothing meanwhile.</remarks>
internal sealed class LeaderlessClock(TimeProvider time)
{
    /// <summary>Longest time between two looks that still counts whole.</summary>
    private static readonly TimeSpan LongestLook = TimeSpan.FromSeconds(3);

    private long? _lastLook;

    /// <summary>Zero while somebody leads, and while nobody knows.</summary>
    public TimeSpan For { get; private set; }

    /// <param name="held">The lock's key as it was read just now.</param>
    public void Look(Entry? held)
    {
        if (held?.Session is not null)
        {
            Forget();
            return;
        }
        var passed = _lastLook is { } last ? time.GetElapsedTime(last) : TimeSpan.Zero;
        _lastLook = time.GetTimestamp();
        For += passed < LongestLook ? passed : LongestLook;
    }

    public void Forget() => (_lastLook, For) = (null, TimeSpan.Zero);
}
