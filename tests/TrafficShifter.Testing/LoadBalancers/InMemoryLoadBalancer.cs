using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Testing.LoadBalancers;

/// <summary>A load balancer without a HAProxy: for tests of what drives it.</summary>
public sealed class InMemoryLoadBalancer(SimulatedHAProxy haproxy) : ILoadBalancer
{
    private Task _answers = Task.CompletedTask;
    private int _readings;
    private int _persistenceAsked;
    private int _sessionsCounted;
    private int _statesSet;

    public InMemoryLoadBalancer()
        : this(new SimulatedHAProxy())
    {
    }

    /// <summary>What it knows: configure servers, change their health and restart it here.</summary>
    public SimulatedHAProxy HAProxy { get; } = haproxy;

    /// <summary>Whether the node is set up for `map` routing.</summary>
    public bool HasMaps { get; set; }

    public ILoadBalancerMaps? Maps => HasMaps ? HAProxy.Maps : null;

    /// <summary>How often servers were read without anything being set.</summary>
    public int Readings => Volatile.Read(ref _readings);

    /// <summary>How often it was asked for persistence.</summary>
    public int PersistenceAsked => Volatile.Read(ref _persistenceAsked);

    /// <summary>How often it was asked for sessions.</summary>
    public int SessionsCounted => Volatile.Read(ref _sessionsCounted);

    /// <summary>How often it was told to put servers into maintenance or to make them ready, whatever their number.</summary>
    public int StatesSet => Volatile.Read(ref _statesSet);

    /// <summary>What it counted of each backend.</summary>
    public Dictionary<ProxyName, BackendCounts> Counts { get; } = [];

    public string Name => "HAProxy in memory";

    /// <summary>Every call throws this until <see cref="Recover"/>.</summary>
    public void Fail(LoadBalancerException exception) => _answers = Task.FromException(exception);

    /// <summary>Calls that ask for persistence, and no others, throw this; null: they are answered.</summary>
    public LoadBalancerException? PersistenceFailure { get; set; }

    /// <summary>Every call waits until it is cancelled; calls made after <see cref="Recover"/> are answered.</summary>
    public void Hang() => _answers = new TaskCompletionSource().Task;

    public void Recover() => _answers = Task.CompletedTask;

    public async Task<ProcessIdentity> GetProcessAsync(CancellationToken cancellationToken)
    {
        await AnswersAsync(cancellationToken);
        return HAProxy.Process;
    }

    public async Task<TrafficCounts> CountTrafficAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken)
    {
        await AnswersAsync(cancellationToken);
        return new TrafficCounts(HAProxy.Process, 0, backends.Where(Counts.ContainsKey).ToDictionary(b => b, b => Counts[b]));
    }

    public async Task<IReadOnlyList<ProxyName>> ListBackendsAsync(CancellationToken cancellationToken)
    {
        await AnswersAsync(cancellationToken);
        return HAProxy.Backends;
    }

    public async Task<LoadBalancerReading> ReadAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _readings);
        await AnswersAsync(cancellationToken);
        return Read(backends);
    }

    public async Task<IReadOnlyDictionary<ProxyName, Persistence>> FindPersistenceAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _persistenceAsked);
        await AnswersAsync(cancellationToken);
        if (PersistenceFailure is { } failure) throw failure;
        var found = new Dictionary<ProxyName, Persistence>();
        foreach (var backend in backends)
            if (HAProxy.FindPersistence(backend) is { } persistence) found[backend] = persistence;
        return found;
    }

    public async Task<WeightsWritten> SetWeightsAsync(IEnumerable<SetServerWeight> commands, CancellationToken cancellationToken)
    {
        List<SetServerWeight> all = [.. commands];
        foreach (var command in all) ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)command.Weight, 256u, nameof(commands));
        await AnswersAsync(cancellationToken);
        var replies = all.Select(command => new RefusedCommand(command, HAProxy.Set(command))).ToList();
        return new WeightsWritten(Read(all.Select(c => c.Backend)), [.. replies.Where(r => r.Reply.Length > 0)]);
    }

    public async Task<SessionsReading> CountSessionsAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _sessionsCounted);
        await AnswersAsync(cancellationToken);
        var found = new Dictionary<ProxyName, IReadOnlyList<ServerSessions>>();
        foreach (var backend in backends)
            if (HAProxy.FindSessions(backend) is { } servers) found[backend] = servers;
        return new SessionsReading(HAProxy.Process, found);
    }

    public Task<ServersTold> ShutDownSessionsAsync(IReadOnlyList<ServerName> servers, CancellationToken cancellationToken) => TellAsync(servers, HAProxy.ShutDownSessions, cancellationToken);

    public Task<ServersTold> SetMaintenanceAsync(IReadOnlyList<ServerName> servers, bool maintenance, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _statesSet);
        return TellAsync(servers, server => HAProxy.SetMaintenance(server, maintenance), cancellationToken);
    }

    private LoadBalancerReading Read(IEnumerable<ProxyName> backends)
    {
        var found = new Dictionary<ProxyName, IReadOnlyList<ServerReading>>();
        foreach (var backend in backends)
            if (HAProxy.Find(backend) is { } servers) found[backend] = servers;
        return new LoadBalancerReading(HAProxy.Process, found);
    }

    private async Task<ServersTold> TellAsync(IReadOnlyList<ServerName> servers, Func<ServerName, string> tell, CancellationToken cancellationToken)
    {
        await AnswersAsync(cancellationToken);
        var replies = servers.Select(server => new RefusedServer(server, tell(server))).ToList();
        return new ServersTold(HAProxy.Process, [.. replies.Where(r => r.Reply.Length > 0)]);
    }

    private Task AnswersAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return _answers.WaitAsync(cancellationToken);
    }
}
