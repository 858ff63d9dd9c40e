using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Testing.LoadBalancers;

/// <summary>What a HAProxy process knows: its backends and servers. Safe to use from several threads.</summary>
public sealed class SimulatedHAProxy
{
    private readonly Lock _gate = new();
    private readonly Dictionary<ProxyName, List<ServerReading>> _backends = [];
    private readonly Dictionary<ProxyName, Persistence> _persistence = [];
    private ProcessIdentity _process = new(Pid: 1000, StartedAt: 1_700_000_000, Version: "2.6.12", Stopping: false);

    private readonly Dictionary<ServerName, ServerSessions> _sessions = [];

    public SimulatedHAProxy() => Maps = new SimulatedMaps(this);

    /// <summary>Its maps, for a node that is set up for `map` routing.</summary>
    public SimulatedMaps Maps { get; }

    /// <summary>Raised after every weight that was set.</summary>
    public event Action<SetServerWeight>? WeightSet;

    /// <summary>Raised after every server that was put into maintenance (true) or made ready by a command.</summary>
    public event Action<ServerName, bool>? MaintenanceSet;

    /// <summary>Servers whose sessions were cut, oldest first.</summary>
    public System.Collections.Concurrent.ConcurrentQueue<ServerName> ShutDowns { get; } = new();

    public ProcessIdentity Process
    {
        get { lock (_gate) return _process; }
    }

    /// <summary>Another program under the same configuration.</summary>
    public void Install(string version)
    {
        lock (_gate) _process = _process with { Version = version };
        Restart();
    }

    public IReadOnlyList<ProxyName> Backends
    {
        get { lock (_gate) return [.. _backends.Keys]; }
    }

    /// <summary>Adds or replaces a backend; each server begins up, with the weight of its file.</summary>
    public void Configure(string backend, params (string Name, int Weight)[] servers)
    {
        lock (_gate)
            _backends[ProxyName.Parse(backend)] = [.. servers.Select(s => new ServerReading(ProxyName.Parse(s.Name), s.Weight, s.Weight, ServerHealth.Up))];
    }

    public void Remove(string backend)
    {
        lock (_gate) _backends.Remove(ProxyName.Parse(backend));
    }

    /// <summary>Gives a backend persistence of HAProxy's own; null takes it away. The weights are not made to heed it.</summary>
    public void Persist(string backend, Persistence? persistence)
    {
        lock (_gate)
        {
            if (persistence is null) _persistence.Remove(ProxyName.Parse(backend));
            else _persistence[ProxyName.Parse(backend)] = persistence;
        }
    }

    /// <summary>Null when there is none.</summary>
    public Persistence? FindPersistence(ProxyName backend)
    {
        lock (_gate) return _persistence.GetValueOrDefault(backend);
    }

    public void SetHealth(string backend, string server, ServerHealth health)
    {
        lock (_gate)
        {
            var servers = _backends[ProxyName.Parse(backend)];
            var at = servers.FindIndex(s => s.Name.Value == server);
            servers[at] = servers[at] with { Health = health };
        }
    }

    /// <summary>Gives a server sessions: so many now, so many since the process started.</summary>
    public void SetSessions(string backend, string server, long live, long total)
    {
        var name = new ServerName(ProxyName.Parse(backend), ProxyName.Parse(server));
        lock (_gate) _sessions[name] = new ServerSessions(name.Server, live, total);
    }

    /// <summary>Null when there is no such backend.</summary>
    public IReadOnlyList<ServerSessions>? FindSessions(ProxyName backend)
    {
        lock (_gate) return _backends.TryGetValue(backend, out var servers) ? [.. servers.Select(s => _sessions.GetValueOrDefault(new ServerName(backend, s.Name)) ?? new ServerSessions(s.Name, 0, 0))] : null;
    }

    /// <summary>HAProxy's own reply: empty when the sessions were cut.</summary>
    public string ShutDownSessions(ServerName server)
    {
        lock (_gate)
        {
            if (FindAbsent(server) is { } absent) return absent;
            if (_sessions.TryGetValue(server, out var sessions)) _sessions[server] = sessions with { Live = 0 };
        }
        ShutDowns.Enqueue(server);
        return "";
    }

    /// <summary>HAProxy's own reply: empty when the state was set.</summary>
    public string SetMaintenance(ServerName server, bool maintenance)
    {
        lock (_gate)
        {
            if (FindAbsent(server) is { } absent) return absent;
            SetHealth(server.Backend.Value, server.Server.Value, maintenance ? ServerHealth.Maintenance : ServerHealth.Up);
        }
        MaintenanceSet?.Invoke(server, maintenance);
        return "";
    }

    private string? FindAbsent(ServerName server) =>
        !_backends.TryGetValue(server.Backend, out var servers) ? "No such backend." : servers.All(s => s.Name != server.Server) ? "No such server." : null;

    /// <summary>What a reload or restart does: another pid, and the weights and health of the file.</summary>
    public void Restart()
    {
        lock (_gate)
        {
            _process = _process with { Pid = _process.Pid + 1, StartedAt = _process.StartedAt + 1 };
            Maps.Restart();
            _sessions.Clear();
            foreach (var servers in _backends.Values)
                for (var i = 0; i < servers.Count; i++)
                    servers[i] = servers[i] with { Weight = servers[i].InitialWeight, Health = ServerHealth.Up };
        }
    }

    /// <summary>The servers of a backend; null when there is no such backend.</summary>
    public IReadOnlyList<ServerReading>? Find(ProxyName backend)
    {
        lock (_gate) return _backends.TryGetValue(backend, out var servers) ? [.. servers] : null;
    }

    public int WeightOf(string backend, string server) =>
        Find(ProxyName.Parse(backend))!.Single(s => s.Name.Value == server).Weight;

    /// <summary>HAProxy's own reply: empty when the weight was set.</summary>
    public string Set(SetServerWeight command)
    {
        lock (_gate)
        {
            if (!_backends.TryGetValue(command.Backend, out var servers)) return "No such backend.";
            var at = servers.FindIndex(s => s.Name == command.Server);
            if (at < 0) return "No such server.";
            if (command.Weight is < 0 or > 256) return "Absolute weight can only be between 0 and 256 inclusive.";
            servers[at] = servers[at] with { Weight = command.Weight };
        }
        WeightSet?.Invoke(command);
        return "";
    }
}
