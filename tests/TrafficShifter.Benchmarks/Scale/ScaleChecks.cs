using System.Text.Json.Nodes;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks.Scale;

/// <summary>That nothing was lost, seen from outside: what HAProxy says itself and what is in the store.</summary>
internal static class ScaleChecks
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Every green server is at 0 in HAProxy, every application is locked in the store, and each has exactly one more entry in its history: the first tells of its canary.</summary>
    public static async Task NothingLostAsync(ScaleStack stack, JsonNode answer, ITrafficStore store, int round, CancellationToken cancellationToken)
    {
        var node = answer["nodes"]!.AsArray().Single()!;
        if (node["progress"]!.GetValue<string>() != "observed" || node["observed"]!.GetValue<int>() != stack.Apps) throw new PeerException($"the rollback of all was not observed: {node}");
        var green = await ReadGreenAsync(stack.HAProxy, cancellationToken);
        if (green.Count != stack.Apps || green.Any(weight => weight != 0)) throw new PeerException($"{green.Count(w => w != 0)} of {green.Count} green servers have weight after the rollback of all");
        var states = (await store.ListAsync(Keys.States, cancellationToken)).Entries;
        var locked = states.Count(e => Reading.Of<AppState>(e).Find()?.Lock is { To: Colour.Blue });
        if (locked != stack.Apps) throw new PeerException($"{locked} of {stack.Apps} applications are locked after the sweep");
        var history = (await store.ListAsync(Keys.History, cancellationToken)).Entries.Count(e => e.Key.StartsWith($"{Keys.History}{ScaleFleet.Name(0)[..4]}", StringComparison.Ordinal));
        if (history != stack.Apps * (round + 2)) throw new PeerException($"{history} entries in the history, not {stack.Apps * (round + 2)}");
    }

    /// <summary>Waits until the programs have read what the sweep wrote: its floor is measured without them.</summary>
    public static async Task QuietAsync(ScaleStack stack, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var (last, used) = (TimeSpan.FromDays(-1), Used());
        while (used - last > TimeSpan.FromMilliseconds(30))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(500), patience.Token);
            (last, used) = (used, Used());
        }

        TimeSpan Used() => ProcessCpu.ReadWhole(stack.Server.Pid) + ProcessCpu.ReadWhole(stack.Agent.Pid);
    }

    /// <summary>Waits until every green server has its canary's weight again.</summary>
    public static async Task CanaryAsync(ScaleStack stack, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        while ((await ReadGreenAsync(stack.HAProxy, patience.Token)).Any(weight => weight == 0)) await Task.Delay(TimeSpan.FromMilliseconds(200), patience.Token);
    }

    /// <summary>Weights of the green servers, by one command for all backends: srv_name is the fourth column, srv_uweight the eighth.</summary>
    private static async Task<IReadOnlyList<int>> ReadGreenAsync(HAProxyProcess haproxy, CancellationToken cancellationToken)
    {
        var lines = (await haproxy.AskAsync("show servers state", cancellationToken)).Split('\n');
        return [.. lines.Select(line => line.Split(' ')).Where(cells => cells.Length > 7 && cells[3] == "green1").Select(cells => int.Parse(cells[7], System.Globalization.CultureInfo.InvariantCulture))];
    }
}
