using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Embedded;

/// <summary>Leadership where one process has every role: the first lease that takes a turn leads until it gives up.</summary>
/// <remarks>Nobody takes over from a silent leader: there is no other process that could. The fence lapses all the same, so that a loop that hung acts again only after a turn.</remarks>
/// <param name="name">What people know this process by; the lock's value.</param>
public sealed class SingleProcessLease(EmbeddedTrafficStore store, string name, TimeProvider time) : ILeaderLease
{
    /// <summary>How long a leader acts after its last turn.</summary>
    public static readonly TimeSpan ActsFor = TimeSpan.FromSeconds(4);

    private volatile Lead? _lead;

    public LeaderFence? Fence => _lead is { } lead && time.GetElapsedTime(lead.LastTurn) < ActsFor ? lead.Fence : null;

    public async Task<LeaseTurn> TurnAsync(CancellationToken cancellationToken)
    {
        var beganAt = time.GetTimestamp();
        var isNew = _lead is null;
        var fence = _lead?.Fence ?? new LeaderFence(Keys.ControllerLock, Guid.NewGuid().ToString());
        if (await store.TryHoldAsync(fence.Key, name, fence.Session, cancellationToken))
        {
            _lead = new Lead(fence, beganAt);
            return new LeaseTurn.Leading(isNew);
        }
        _lead = null;
        return new LeaseTurn.Standby((await store.FindAsync(Keys.ControllerLock, cancellationToken))?.Value);
    }

    public async Task ReleaseAsync(CancellationToken cancellationToken)
    {
        if (_lead is not { } lead) return;
        _lead = null;
        await store.ReleaseAsync(lead.Fence.Key, lead.Fence.Session, cancellationToken);
    }

    private sealed record Lead(LeaderFence Fence, long LastTurn);
}
