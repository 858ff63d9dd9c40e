namespace TrafficShifter.Core.Overview;

/// <summary>What is going on with an application, in the order in which it needs a person.</summary>
public enum Standing
{
    /// <summary>A rollout waits for a person's word: at a gate, or paused.</summary>
    Waiting,

    /// <summary>A rollout went back, or is on its way; nobody has done anything since.</summary>
    RolledBack,

    /// <summary>A node serves something else than what is asked.</summary>
    Drift,

    /// <summary>A rollout waits for something else than its time: data, nodes, servers.</summary>
    Held,

    /// <summary>All traffic is locked to one colour.</summary>
    Locked,

    /// <summary>A rollout goes its way.</summary>
    Moving,

    Quiet,
}
