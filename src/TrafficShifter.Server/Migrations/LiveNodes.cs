using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;

namespace TrafficShifter.Server.Migrations;

/// <summary>Which nodes there are, and which of them give signs of life; read at most once a second, however many applications are asked about.</summary>
public sealed class LiveNodes(ITrafficStore store, Fleet fleet, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);
    private readonly SemaphoreSlim _turn = new(1);
    private IReadOnlyList<NodeRegistration> _nodes = [];
    private IReadOnlySet<string>? _live;
    private long _readAt;

    /// <summary>What each registered node says about an application. Those that give no sign of life are not asked: of thousands of applications each would wait for them.</summary>
    public async Task<IReadOnlyList<NodeStatus>> ObserveAsync(AppTraffic app, CancellationToken cancellationToken)
    {
        var (nodes, live) = await ReadAsync(cancellationToken);
        return await Task.WhenAll(nodes.Select(node => live?.Contains(node.Node) == false
            ? Task.FromResult(NodeStatus.Unknown(node.Node, "its agent gives no sign of life"))
            : fleet.ObserveAsync(node, app.Name, 0, TimeSpan.Zero, cancellationToken)));
    }

    public void Dispose() => _turn.Dispose();

    /// <returns>Live is null while the store is away: then all are asked.</returns>
    private async Task<(IReadOnlyList<NodeRegistration> Nodes, IReadOnlySet<string>? Live)> ReadAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_readAt != 0 && time.GetElapsedTime(_readAt) < Fresh) return (_nodes, _live);
            _nodes = await fleet.ListAsync(cancellationToken);
            _live = await FindLiveAsync(cancellationToken);
            _readAt = time.GetTimestamp();
            return (_nodes, _live);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<IReadOnlySet<string>?> FindLiveAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await store.ListAsync(Keys.Live, cancellationToken)).Entries.Select(e => e.Key[Keys.Live.Length..]).ToHashSet(StringComparer.Ordinal);
        }
        catch (StoreException)
        {
            return null;
        }
    }
}
