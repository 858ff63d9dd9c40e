namespace TrafficShifter.Benchmarks.Fleet;

/// <summary>What was measured with one number of agents.</summary>
internal sealed record FleetStage(int Agents)
{
    public FleetCost Ours { get; } = new();

    public FleetCost Floor { get; } = new();

    public FleetCost Peer { get; } = new();
}

/// <summary>Times of changes that followed each other, and what they cost together. What the stack does when nobody changes anything is in it, for as long as it took.</summary>
internal sealed class FleetCost
{
    private int _changes;
    private ConsulUse _consul;
    private double _server;
    private double _agents;
    private long _writes;

    public Percentiles Times { get; } = new();

    /// <summary>Of all servers, in milliseconds for one change; so are the others.</summary>
    public double ConsulCpuMs => _consul.CpuMicroseconds / 1000 / _changes;

    public double ConsulKib => _consul.Bytes / 1024 / _changes;

    public double ServerCpuMs => _server / 1000 / _changes;

    /// <summary>Of all agents together.</summary>
    public double AgentCpuMs => _agents / 1000 / _changes;

    public double Writes => (double)_writes / _changes;

    public async Task AddAsync(FleetStack stack, int changes, Func<int, Task<TimeSpan>> change, CancellationToken cancellationToken)
    {
        var (index, consul, server, agents) = (await stack.Consul.ReadLogIndexAsync(cancellationToken), stack.Consul.ReadUse(), ProcessCpu.ReadWhole(stack.Server.Pid).TotalMicroseconds, stack.AgentMicroseconds);
        for (var turn = 0; turn < changes; turn++) Times.Add(await change(turn));
        (_consul, _server, _agents) = (_consul + (stack.Consul.ReadUse() - consul), _server + ProcessCpu.ReadWhole(stack.Server.Pid).TotalMicroseconds - server, _agents + stack.AgentMicroseconds - agents);
        _writes += await stack.Consul.ReadLogIndexAsync(cancellationToken) - index;
        _changes += changes;
    }
}

/// <summary>What everybody does while nobody changes anything.</summary>
internal sealed record FleetIdle(double ConsulPercent, double ConsulBytesPerSecond, double WritesPerSecond, double AgentPercent, double AgentMegabytes, double ConnectionsPerAgent)
{
    public IEnumerable<(string Words, string Name, double Value)> Figures =>
    [
        ("Consul's CPU, % of a core, three servers", "idleConsulCpuPercent", ConsulPercent),
        ("KiB a second that Consul writes", "idleConsulKibPerSecond", ConsulBytesPerSecond / 1024),
        ("writes to Consul a second", "idleWritesPerSecond", WritesPerSecond),
        ("CPU of one agent, % of a core", "idleAgentCpuPercent", AgentPercent),
        ("memory of one agent, MB, many in a process", "agentMegabytes", AgentMegabytes),
        ("connections to Consul of one agent", "connectionsPerAgent", ConnectionsPerAgent),
    ];
}

/// <summary>The straight line nearest to some points.</summary>
internal readonly record struct LinearFit(double Fixed, double Each)
{
    public static LinearFit Of(IEnumerable<(double X, double Y)> points)
    {
        var all = points.ToList();
        var (x, y) = (all.Average(p => p.X), all.Average(p => p.Y));
        var each = all.Sum(p => (p.X - x) * (p.Y - y)) / all.Sum(p => (p.X - x) * (p.X - x));
        return new LinearFit(y - each * x, each);
    }
}
