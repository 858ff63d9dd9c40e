using TrafficShifter.Faults.Load;
using TrafficShifter.Faults.Observation;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Running;

/// <summary>The users, and those who look: on as long as the stack is.</summary>
internal sealed class Watchers(FaultStack stack) : IAsyncDisposable
{
    public UserLoad Load { get; } = new(stack);

    public StoreWatch Store { get; } = new(stack.Consul);

    public IReadOnlyList<NodeWatch> Nodes { get; } = [.. stack.HAProxies.Select((haproxy, node) => new NodeWatch(node, haproxy))];

    /// <summary>What is not as the store wants it, now; null: all is, on every node that answers.</summary>
    public async Task<string?> FindWrongAsync()
    {
        if (await Store.FindAsync() is not { } before) return "Consul does not answer";
        var looks = await Task.WhenAll(Nodes.Select(n => n.LookAsync()));
        if (await Store.FindAsync() is not { } after) return "Consul does not answer";
        foreach (var app in TestedApp.All)
        {
            if (!after.TryGetValue(app.Name, out var wanted) || !before.TryGetValue(app.Name, out var earlier)) return $"{app.Name} is not in the store";
            if (wanted != earlier) return $"{app.Name} was changed at this moment";
            if (!wanted.IsSwept) return $"the state of {app.Name} was not brought after the rollback of all";
            foreach (var look in looks)
            {
                if (look.Pid is null) return $"haproxy{look.Node + 1} does not answer";
                if (!look.Shares.TryGetValue(app.Name, out var seen)) return $"haproxy{look.Node + 1} does not know {app.Name}";
                // 256 levels: what can be made is this near.
                if (seen is not { } green || Math.Abs(green - wanted.Green) > 0.5m) return $"{app.Name} has green at {seen?.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture) ?? "nothing at all"} % on haproxy{look.Node + 1}, wanted is {wanted.Green:0.##} %";
            }
        }
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await Load.DisposeAsync();
        await Store.DisposeAsync();
        foreach (var node in Nodes) await node.DisposeAsync();
    }
}
