namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>What a stack of real processes is made of.</summary>
public sealed record StackSetup
{
    /// <summary>Each is on both nodes and is registered as an application, all traffic on blue.</summary>
    public IReadOnlyList<Backend> Backends { get; init; } = [];

    /// <summary>Pools of `map` routing, on every node; none: the nodes have only `weights` routing. Applications on them are registered by the tests.</summary>
    public IReadOnlyList<Backend> Pools { get; init; } = [];

    /// <summary>Each backend and pool has servers of its own, which can be made to fail without the others; else all share <see cref="ShiftingStack.Upstream"/>.</summary>
    public bool OwnUpstreams { get; init; }

    /// <summary>How many HAProxy nodes, each with an agent.</summary>
    public int Nodes { get; init; } = 2;

    /// <summary>Consul keeps its data over a restart.</summary>
    public bool PersistentConsul { get; init; }

    /// <summary>Consul denies by default; each process has a token with the policies of its roles, as they are shipped, and api and controller are processes of their own.</summary>
    public bool GuardedConsul { get; init; }

    public bool WithMetrics { get; init; } = true;

    /// <summary>More settings of the server with the roles api and controller, by their configuration path.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();
}
