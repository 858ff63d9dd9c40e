using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.HAProxy.Maps;

namespace TrafficShifter.HAProxy;

/// <summary>A real HAProxy, driven through its Runtime API.</summary>
/// <remarks>Nothing is tried again here: the caller compares desired and observed again and again, and so finds out soonest.</remarks>
/// <param name="mapsFolder">The folder of the maps as haproxy.cfg names it; null for a HAProxy without `map` routing.</param>
public sealed class HAProxyLoadBalancer(RuntimeApiClient client, string? mapsFolder = null) : ILoadBalancer
{
    /// <summary>What HAProxy answers when the <c>stats socket</c> has not <c>level admin</c>.</summary>
    private const string PermissionDenied = "Permission denied";

    /// <summary>Some 2 KiB of statistics come back for each: what is asked together stays well below what a reply may hold.</summary>
    private const int BackendsPerConnection = 100;

    public string Name => $"HAProxy {client.Address}";

    public ILoadBalancerMaps? Maps { get; } = mapsFolder is null ? null : new HAProxyMaps(client, mapsFolder);

    public async Task<ProcessIdentity> GetProcessAsync(CancellationToken cancellationToken)
    {
        var replies = await client.ExecuteAsync([ShowInfo.Command], cancellationToken);
        return Understand(ShowInfo.Command, replies[0], ShowInfo.Parse);
    }

    public async Task<IReadOnlyList<ProxyName>> ListBackendsAsync(CancellationToken cancellationToken)
    {
        var replies = await client.ExecuteAsync([ShowBackend.Command], cancellationToken);
        return Understand(ShowBackend.Command, replies[0], ShowBackend.Parse);
    }

    public async Task<LoadBalancerReading> ReadAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken)
    {
        var asked = backends.Distinct().ToList();
        var replies = await client.ExecuteAsync([ShowInfo.Command, .. asked.Select(ShowServersState.Command)], cancellationToken);
        var process = Understand(ShowInfo.Command, replies[0], ShowInfo.Parse);
        var found = new Dictionary<ProxyName, IReadOnlyList<ServerReading>>();
        foreach (var (backend, reply) in asked.Zip(replies.Skip(1)))
        {
            if (reply == ShowServersState.NoSuchBackend) continue;
            found[backend] = Understand(ShowServersState.Command(backend), reply, ShowServersState.Parse);
        }
        return new LoadBalancerReading(process, found);
    }

    /// <remarks>
    /// (1) Both nouns are asked for every backend, by name. (2) A name that a frontend has too gives the frontend's rows, and none of
    /// the backend's: such a backend is asked for again, by its number.
    /// </remarks>
    public async Task<IReadOnlyDictionary<ProxyName, Persistence>> FindPersistenceAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken)
    {
        var found = new Dictionary<ProxyName, Persistence>();
        foreach (var some in backends.Distinct().Chunk(BackendsPerConnection))
        {
            // (1)
            var replies = await client.ExecuteAsync([.. some.Select(b => ShowStat.Command(b.Value)), .. some.Select(ShowTable.Command)], cancellationToken);
            foreach (var (backend, stat, table) in some.Zip(replies, replies.Skip(some.Length)))
            {
                var cookie = Understand(ShowStat.Command(backend.Value), stat, reply => ShowStat.Parse(reply, backend));
                // (2)
                if (!cookie.HasBackend && stat != ShowStat.NoSuchProxy) cookie = await FindCookieByNumberAsync(backend, cancellationToken);
                var remembers = Understand(ShowTable.Command(backend), table, ShowTable.RemembersServers);
                if (cookie.Name is not null || remembers) found[backend] = new Persistence(cookie.Name, remembers);
            }
        }
        return found;
    }

    private async Task<BackendCookie> FindCookieByNumberAsync(ProxyName backend, CancellationToken cancellationToken)
    {
        var asked = ShowServersState.Command(backend);
        var state = (await client.ExecuteAsync([asked], cancellationToken))[0];
        if (state == ShowServersState.NoSuchBackend || Understand(asked, state, ShowServersState.FindBackendNumber) is not { } number) return BackendCookie.None;
        var command = ShowStat.Command($"#{number}");
        return Understand(command, (await client.ExecuteAsync([command], cancellationToken))[0], reply => ShowStat.Parse(reply, backend));
    }

    public async Task<WeightsWritten> SetWeightsAsync(IReadOnlyList<SetServerWeight> commands, CancellationToken cancellationToken)
    {
        var texts = commands.Select(SetWeight.Command).ToList();
        var replies = await client.ExecuteAsync([ShowInfo.Command, .. texts], cancellationToken);
        var process = Understand(ShowInfo.Command, replies[0], ShowInfo.Parse);
        var refused = new List<RefusedCommand>();
        foreach (var (command, reply) in commands.Zip(replies.Skip(1)))
        {
            if (reply == PermissionDenied)
                throw new RuntimeApiException(client.Address, SetWeight.Command(command), reply, "does not let this socket set weights (its `stats socket` needs `level admin`)");
            if (reply.Length > 0) refused.Add(new RefusedCommand(command, reply));
        }
        return new WeightsWritten(process, refused);
    }

    private T Understand<T>(string command, string reply, Func<string, T> parse)
    {
        if (reply == PermissionDenied) throw new RuntimeApiException(client.Address, command, reply, "does not let this socket ask (the level of its `stats socket` is too low)");
        try
        {
            return parse(reply);
        }
        catch (Exception broken) when (broken is FormatException or OverflowException)
        {
            throw new RuntimeApiException(client.Address, command, reply, $"gave a reply that was not understood: {broken.Message}", broken);
        }
    }
}
