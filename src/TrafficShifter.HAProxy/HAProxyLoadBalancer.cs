using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.HAProxy.Maps;

namespace TrafficShifter.HAProxy;

/// <summary>A real HAProxy, driven through its Runtime API.</summary>
/// <remarks>Nothing is tried again here: the caller compares desired and observed again and again, and so finds out soonest.</remarks>
/// <param name="mapsFolder">The folder of the maps as haproxy.cfg names it; null for a HAProxy without `map` routing.</param>
public sealed class HAProxyLoadBalancer(RuntimeApiClient client, string? mapsFolder = null) : ILoadBalancer
{
    /// <summary>More backends than this are read by one command for all that the process has.</summary>
    private const int NamedAtMost = 200;

    private readonly HAProxySessions _sessions = new(client);
    private readonly ServersDump _dump = new(client);

    public string Name => $"HAProxy {client.Address}";

    public ILoadBalancerMaps? Maps { get; } = mapsFolder is null ? null : new HAProxyMaps(client, mapsFolder);

    public async Task<ProcessIdentity> GetProcessAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var reply = client.TryAskNow(ShowInfo.Command) ?? (await client.ExecuteAsync([ShowInfo.Command], cancellationToken))[0];
        return Understand(ShowInfo.Command, reply, ShowInfo.Parse);
    }

    public async Task<IReadOnlyList<ProxyName>> ListBackendsAsync(CancellationToken cancellationToken)
    {
        var replies = await client.ExecuteAsync([ShowBackend.Command], cancellationToken);
        return Understand(ShowBackend.Command, replies[0], ShowBackend.Parse);
    }

    public async Task<LoadBalancerReading> ReadAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken)
    {
        if (backends.Count > NamedAtMost && await _dump.TryReadAsync(backends, cancellationToken) is { } all) return all;
        var asked = backends.Distinct().ToList();
        return ReadingOf(asked, await client.ExecuteAsync(Reading(asked), cancellationToken));
    }

    /// <remarks>
    /// (1) Both nouns are asked for every backend, by name. (2) A name that a frontend has too gives the frontend's rows, and none of
    /// the backend's: such a backend is asked for again, by its number.
    /// </remarks>
    public async Task<IReadOnlyDictionary<ProxyName, Persistence>> FindPersistenceAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken)
    {
        var found = new Dictionary<ProxyName, Persistence>();
        foreach (var some in backends.Distinct().Chunk(HAProxySessions.BackendsPerConnection))
        {
            // (1)
            var replies = await client.ExecuteAsync([.. some.Select(b => ShowStat.Command(b.Value)), .. some.Select(ShowTable.Command)], cancellationToken);
            foreach (var (backend, stat, table) in some.Zip(replies, replies.Skip(some.Length)))
            {
                // (2)
                var cookie = await _sessions.FindAsync(backend, stat, ShowStat.ParseCookie, cancellationToken);
                var remembers = Understand(ShowTable.Command(backend), table, ShowTable.RemembersServers);
                if (cookie?.Name is not null || remembers) found[backend] = new Persistence(cookie?.Name, remembers);
            }
        }
        return found;
    }

    public Task<SessionsReading> CountSessionsAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken) => _sessions.CountAsync(backends, cancellationToken);

    public Task<TrafficCounts> CountTrafficAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken) => _sessions.CountTrafficAsync(backends, cancellationToken);

    public Task<ServersTold> ShutDownSessionsAsync(IReadOnlyList<ServerName> servers, CancellationToken cancellationToken) =>
        _sessions.TellAsync(servers, ServerCommands.ShutDownSessions, "shut down sessions", cancellationToken);

    public Task<ServersTold> SetMaintenanceAsync(IReadOnlyList<ServerName> servers, bool maintenance, CancellationToken cancellationToken) =>
        _sessions.TellAsync(servers, server => ServerCommands.SetMaintenance(server, maintenance), "set the state of servers", cancellationToken);

    /// <remarks>Which process it is is asked after the last command: a worker that a reload has replaced meanwhile says then that it is stopping.</remarks>
    public async Task<WeightsWritten> SetWeightsAsync(IEnumerable<SetServerWeight> commands, CancellationToken cancellationToken)
    {
        var (sent, backends) = (new List<SetServerWeight>(), new HashSet<ProxyName>());
        var replies = await client.ExecuteAsMadeAsync(Texts(), cancellationToken);
        var refused = new List<RefusedCommand>();
        for (var i = 0; i < sent.Count; i++)
        {
            if (replies[i].Length > 0 && Replies.IsRefused(client, SetWeight.Command(sent[i]), replies[i], "set weights")) refused.Add(new RefusedCommand(sent[i], replies[i]));
        }
        var isBulk = backends.Count > NamedAtMost;
        var after = ReadingOf(isBulk ? [] : [.. backends], [.. replies.Skip(sent.Count)]);
        return new WeightsWritten(isBulk ? await ReadBackAsync(backends, after.Process, cancellationToken) : after, refused);

        IEnumerable<string> Texts()
        {
            foreach (var command in commands)
            {
                sent.Add(command);
                backends.Add(command.Backend);
                yield return SetWeight.Command(command);
            }
            foreach (var text in Reading(backends.Count > NamedAtMost ? [] : backends)) yield return text;
        }
    }

    /// <summary>Many backends are read by the one command for all, which has a connection of its own.</summary>
    private async Task<LoadBalancerReading> ReadBackAsync(HashSet<ProxyName> backends, ProcessIdentity process, CancellationToken cancellationToken)
    {
        var after = await ReadAsync(backends, cancellationToken);
        return after.Process == process ? after
            : throw new LoadBalancerException($"{Name} became another process (pid {process.Pid} → {after.Process.Pid}) while weights were set; they are set again");
    }

    private static List<string> Reading(IReadOnlyCollection<ProxyName> backends) => [ShowInfo.Command, .. backends.Select(ShowServersState.Command)];

    private LoadBalancerReading ReadingOf(IReadOnlyList<ProxyName> backends, IReadOnlyList<string> replies)
    {
        var process = Understand(ShowInfo.Command, replies[0], ShowInfo.Parse);
        var found = new Dictionary<ProxyName, IReadOnlyList<ServerReading>>();
        foreach (var (backend, reply) in backends.Zip(replies.Skip(1)))
        {
            if (reply == ShowServersState.NoSuchBackend) continue;
            found[backend] = Understand(ShowServersState.Command(backend), reply, ShowServersState.Parse);
        }
        return new LoadBalancerReading(process, found);
    }

    private T Understand<T>(string command, string reply, Func<string, T> parse) => Replies.Understand(client, command, reply, parse);
}
