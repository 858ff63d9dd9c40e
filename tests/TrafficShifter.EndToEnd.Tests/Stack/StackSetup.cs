namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>What a stack of real processes is made of.</summary>
public sealed record StackSetup
{
    /// <summary>Each is on both nodes and is registered as an application, all traffic on blue.</summary>
    public required IReadOnlyList<Backend> Backends { get; init; }

    /// <summary>Consul keeps its data over a restart.</summary>
    public bool PersistentConsul { get; init; }

    public bool WithMetrics { get; init; } = true;
}
