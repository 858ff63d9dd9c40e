namespace TrafficShifter.Core.Ports;

/// <summary>Decides which of several controllers acts. One turn a second keeps it.</summary>
public interface ILeaderLease
{
    /// <summary>Proof of leadership for transactions; null whenever this process must not act.</summary>
    /// <remarks>Becomes null by itself 4 s after the last good beat, also when the store hangs.</remarks>
    LeaderFence? Fence { get; }

    /// <summary>One beat: the leader renews; a standby looks, and takes over when the leader has been silent for 8 s or is gone.</summary>
    Task<LeaseTurn> TurnAsync(CancellationToken cancellationToken);

    /// <summary>Gives leadership up at once, so that a standby need not wait. Safe to call when not leading.</summary>
    Task ReleaseAsync(CancellationToken cancellationToken);
}

/// <summary>What one turn of the lease found.</summary>
public abstract record LeaseTurn
{
    private LeaseTurn() { }

    /// <param name="New">True on the turn that took leadership.</param>
    public sealed record Leading(bool New) : LeaseTurn;

    /// <param name="Leader">Name of the process that leads, as it wrote it; null when nobody does.</param>
    public sealed record Standby(string? Leader) : LeaseTurn;
}
