using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.HAProxy;

/// <summary>A real HAProxy, driven through its Runtime API.</summary>
/// <remarks>Nothing is tried again here: the caller compares desired and observed again and again, and so finds out soonest.</remarks>
public sealed class HAProxyLoadBalancer(RuntimeApiClient client) : ILoadBalancer
{
    /// <summary>What HAProxy answers when the <c>stats socket</c> has not <c>level admin</c>.</summary>
    private const string PermissionDenied = "Permission denied";

    public string Name => $"HAProxy {client.Address}";

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
