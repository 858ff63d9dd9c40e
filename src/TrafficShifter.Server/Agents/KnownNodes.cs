using System.Collections.Concurrent;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>Which nodes are registered: as the store says, or said last.</summary>
public sealed class KnownNodes(ITrafficStore store, TrafficFollower follower, NodeAgents local, NodesFile file, AgentOptions options, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    /// <summary>How long the store may take to say which nodes there are, before those that are known are asked.</summary>
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(300);

    private readonly ConcurrentDictionary<string, NodeRegistration> _known = new(
        file.Read().Concat(options.Known.Select(k => new NodeRegistration { Node = k.Node, Address = k.Address.ToString() })).DistinctBy(n => n.Node).ToDictionary(n => n.Node));
    private readonly Lock _gate = new();
    private long _readAt;
    private Task _reading = Task.CompletedTask;

    /// <summary>Names of those that are known, without asking.</summary>
    public IEnumerable<string> Names => _known.Select(n => n.Key);

    /// <summary>The registered nodes by name; as they were last known when the store is away.</summary>
    public async Task<IReadOnlyList<NodeRegistration>> ListAsync(CancellationToken cancellationToken)
    {
        // While the store is known to be away nobody waits for it to say so again. Who asks all the time is answered at once, and has it read beside.
        var age = _readAt == 0 ? TimeSpan.MaxValue : time.GetElapsedTime(_readAt);
        if (follower.Problem is null && age > Fresh)
        {
            var reading = ReadOnceAsync();
            if (age > 2 * Fresh) await reading.WaitAsync(Moment, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        cancellationToken.ThrowIfCancellationRequested();
        foreach (var agent in local.All) _known.TryAdd(agent.Node, new NodeRegistration { Node = agent.Node });
        return [.. _known.Values.OrderBy(n => n.Node, StringComparer.Ordinal)];
    }

    /// <summary>A node that was removed is not asked any more.</summary>
    public void Forget(string node) => _known.TryRemove(node, out _);

    /// <summary>One reading at a time, whoever waits for it.</summary>
    private Task ReadOnceAsync()
    {
        lock (_gate) return _reading = _reading.IsCompleted ? TryReadAsync() : _reading;
    }

    private async Task TryReadAsync()
    {
        try
        {
            var listing = await store.ListAsync(Keys.Nodes, CancellationToken.None);
            var read = listing.Entries.Select(e => (Name: e.Key[Keys.Nodes.Length..], Node: Reading.Of<NodeRegistration>(e).Find()))
                .Where(n => n.Node is not null).ToDictionary(n => n.Name, n => n.Node! with { Node = n.Name });
            // A store that knows no node any more was wiped: its nodes are unknown now, not absent.
            if (read.Count == 0 && !_known.IsEmpty) return;
            foreach (var gone in _known.Keys.Where(n => !read.ContainsKey(n))) _known.TryRemove(gone, out _);
            var changed = !read.Values.ToHashSet().SetEquals(_known.Values);
            foreach (var (name, node) in read) _known[name] = node;
            if (changed) file.Write(read.Values);
            _readAt = time.GetTimestamp();
        }
        catch (StoreException)
        {
            // The nodes that are known stay known: whoever asks is told about each of them, reached or not.
        }
    }
}
