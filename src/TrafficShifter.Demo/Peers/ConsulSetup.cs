namespace TrafficShifter.Demo.Peers;

/// <summary>What kind of Consul to start. The default forgets everything when it ends, and starts in half a second.</summary>
public sealed record ConsulSetup
{
    /// <summary>Keeps its data in a directory of its own: survives <see cref="ConsulProcess.RestartAsync"/> and kill -9.</summary>
    public bool Persistent { get; init; }

    /// <summary>Turns ACLs on, everything denied by default; this token (a UUID) may do anything. Null: no ACLs.</summary>
    public string? MasterToken { get; init; }

    /// <summary>Port of the HTTP API on 127.0.0.1; null takes a free one.</summary>
    public int? HttpPort { get; init; }

    /// <summary>Servers that must be there before one leads, 1 to 5. More than one alone: a Consul without a leader, which says so after 0.1 s instead of 7.</summary>
    public int BootstrapExpect { get; init; } = 1;

    /// <summary>What it calls itself among others; they all need a name of their own.</summary>
    public string NodeName { get; init; } = "consul";

    /// <summary>Ports on 127.0.0.1 of one server of several: for the others' requests, and of the gossip that they find each other by. Null takes free ones.</summary>
    public ConsulPorts? Ports { get; init; }

    /// <summary>Gossip ports of the servers that it forms a cluster with; it goes on asking until one answers. None: it is alone.</summary>
    public IReadOnlyList<int> Join { get; init; } = [];
}

/// <param name="Server">For requests from server to server.</param>
/// <param name="Serf">Of the gossip in the datacentre.</param>
public sealed record ConsulPorts(int Server, int Serf)
{
    public static ConsulPorts Free() => new(FreePorts.Take(), FreePorts.Take());
}
