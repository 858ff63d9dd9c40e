using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.HAProxy;

/// <summary>What a HAProxy says of its backends' sessions and cookies, and what it is told about their servers.</summary>
internal sealed class HAProxySessions(RuntimeApiClient client)
{
    /// <summary>Some 2 KiB of statistics come back for each: what is asked together stays well below what a reply may hold.</summary>
    public const int BackendsPerConnection = 100;

    public async Task<SessionsReading> CountAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken)
    {
        ProcessIdentity? process = null;
        var found = new Dictionary<ProxyName, IReadOnlyList<ServerSessions>>();
        foreach (var some in backends.Distinct().Chunk(BackendsPerConnection).DefaultIfEmpty([]))
        {
            var replies = await client.ExecuteAsync([ShowInfo.Command, .. some.Select(b => ShowStat.Command(b.Value))], cancellationToken);
            var answering = Replies.Understand(client, ShowInfo.Command, replies[0], ShowInfo.Parse);
            if (process is not null && process != answering) throw new RuntimeApiException(client.Address, ShowInfo.Command, replies[0], $"became another process (pid {process.Pid} → {answering.Pid}) while its sessions were counted");
            process = answering;
            foreach (var (backend, reply) in some.Zip(replies.Skip(1)))
                if (await FindAsync(backend, reply, ShowStat.ParseSessions, cancellationToken) is { } servers) found[backend] = servers;
        }
        return new SessionsReading(process!, found);
    }

    public async Task<TrafficCounts> CountTrafficAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken)
    {
        var asked = backends.Distinct().ToList();
        var replies = await client.ExecuteAsync([ShowInfo.Command, ShowEvents.Command, .. asked.Select(b => ShowStat.Command(b.Value))], cancellationToken);
        var process = Replies.Understand(client, ShowInfo.Command, replies[0], ShowInfo.Parse);
        var dropped = Replies.Understand(client, ShowInfo.Command, replies[0], ShowInfo.ParseDroppedLogs) + Replies.Understand(client, ShowEvents.Command, replies[1], ShowEvents.ParseDropped);
        var found = new Dictionary<ProxyName, BackendCounts>();
        foreach (var (backend, reply) in asked.Zip(replies.Skip(2)))
            if (await FindAsync(backend, reply, ShowStat.ParseCounts, cancellationToken) is { } counts) found[backend] = counts;
        return new TrafficCounts(process, dropped, found);
    }

    /// <summary>What the statistics say of a backend; null when there is no such backend.</summary>
    /// <param name="reply">Those of the proxy of this name, which may be a frontend's: the backend is asked for again, by its number.</param>
    public async Task<T?> FindAsync<T>(ProxyName backend, string reply, Func<string, ProxyName, T?> parse, CancellationToken cancellationToken)
        where T : class
    {
        if (reply == ShowStat.NoSuchProxy) return null;
        if (Replies.Understand(client, ShowStat.Command(backend.Value), reply, text => parse(text, backend)) is { } found) return found;
        var asked = ShowServersState.Command(backend);
        var state = (await client.ExecuteAsync([asked], cancellationToken))[0];
        if (state == ShowServersState.NoSuchBackend || Replies.Understand(client, asked, state, ShowServersState.FindBackendNumber) is not { } number) return null;
        var command = ShowStat.Command($"#{number}");
        return Replies.Understand(client, command, (await client.ExecuteAsync([command], cancellationToken))[0], text => parse(text, backend));
    }

    public async Task<ServersTold> TellAsync(IReadOnlyList<ServerName> servers, Func<ServerName, string> command, string what, CancellationToken cancellationToken)
    {
        var commands = servers.Select(command).ToList();
        var replies = await client.ExecuteAsync([ShowInfo.Command, .. commands], cancellationToken);
        var refused = servers.Zip(commands, replies.Skip(1)).Where(told => Replies.IsRefused(client, told.Second, told.Third, what)).Select(told => new RefusedServer(told.First, told.Third)).ToList();
        return new ServersTold(Replies.Understand(client, ShowInfo.Command, replies[0], ShowInfo.Parse), refused);
    }
}
