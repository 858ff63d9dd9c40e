using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace TrafficShifter.Benchmarks.Propagation;

/// <summary>One application changes among N: from the API's acceptance of the request to its weights being read back from HAProxy, next to the floor and the peer in the same run.</summary>
internal static class PropagationBench
{
    /// <summary>Until the server has compiled what it does again and again: a server that has run for a while is measured. The peer, which compiles nothing of ours, begins with the figures.</summary>
    private const int WarmUp = 400;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static async Task<int> RunAsync(bool quick, CancellationToken cancellationToken)
    {
        int[] sizes = [1, 100, 1000, 10_000];
        var shifts = quick ? 100 : 500;
        var together = new Table().Border(TableBorder.Simple).AddColumns("applications", "p50 ms", "p99 ms", "floor p50", "floor p99", "p50 ÷ floor", "p99 ÷ floor p50", "call p50", "call p99", "peer p50");
        var apart = new Table().Border(TableBorder.Simple).AddColumns("applications", "p50 ms", "p99 ms", "agent's CPU ms", "its bytes", "by hand, ms", "among shifts", "api's CPU ms");
        var results = new JsonObject();
        foreach (var size in sizes)
        {
            var measured = await MeasureAsync(size, shifts, quick, cancellationToken);
            foreach (var (name, value) in measured)
            {
                if (results[name] is not JsonObject bySize) results[name] = bySize = [];
                bySize[size.ToString(CultureInfo.InvariantCulture)] = value;
            }
            List<string> cells = [.. measured.Select(m => m.Value.ToString(CultureInfo.InvariantCulture))];
            together.AddRow([size.ToString(CultureInfo.InvariantCulture), .. cells[..9]]);
            apart.AddRow([size.ToString(CultureInfo.InvariantCulture), .. cells[9..]]);
        }
        AnsiConsole.MarkupLine($"[bold]propagation[/]: {shifts} shifts each, one HAProxy with a backend for each application, Consul with its data on disk");
        AnsiConsole.Write(together);
        AnsiConsole.MarkupLine("the agent as a process of its own");
        AnsiConsole.Write(apart);
        Console.Out.WriteLine(JsonSerializer.Serialize(results));
        return 0;
    }

    /// <summary>In the order of the table's columns.</summary>
    private static async Task<List<(string Name, double Value)>> MeasureAsync(int size, int shifts, bool quick, CancellationToken cancellationToken)
    {
        await using var stack = await PropagationStack.StartAsync(size, cancellationToken);
        var (ours, calls, floor, peer) = await MeasureTogetherAsync(stack, shifts, Math.Max(1, shifts / (quick ? 10 : 20)), cancellationToken);
        var apart = await AgentApart.MeasureAsync(stack, shifts, quick ? 3 : 10, cancellationToken);
        return
        [
            ("p50Ms", ours.P50), ("p99Ms", ours.P99), ("floorP50Ms", floor.P50), ("floorP99Ms", floor.P99), ("p50Ratio", Math.Round(ours.P50 / floor.P50, 2)),
            ("p99Ratio", Math.Round(ours.P99 / floor.P50, 2)), ("callP50Ms", calls.P50), ("callP99Ms", calls.P99), ("peerP50Ms", peer.P50),
            ("apartP50Ms", apart.Shifts.P50), ("apartP99Ms", apart.Shifts.P99), ("agentCpuMsPerChange", apart.CpuMilliseconds), ("bytesPerChange", apart.Bytes),
            ("handEditMs", apart.SlowestByHand), ("handEditAmongShiftsMs", apart.SlowestByHandAmongShifts), ("apiCpuMsPerChange", apart.ApiCpuMilliseconds),
        ];
    }

    /// <summary>One process with all roles. The three take turns, so that whatever else the machine does meets all alike; each begins after the same pause.</summary>
    private static async Task<(Percentiles Ours, Percentiles Calls, Percentiles Floor, Percentiles Peer)> MeasureTogetherAsync(PropagationStack stack, int shifts, int peers, CancellationToken cancellationToken)
    {
        await using var server = await stack.StartServerAsync(cancellationToken);
        using var api = await stack.OpenApiAsync(server, cancellationToken);
        var (ours, calls, floor, peer) = (new Percentiles(), new Percentiles(), new Percentiles(), new Percentiles());
        for (var turn = 0; turn < WarmUp + shifts; turn++)
        {
            await Task.Delay(Pause, cancellationToken);
            var sent = Stopwatch.GetTimestamp();
            var took = await stack.ShiftAsync(api, turn, cancellationToken);
            var answered = Stopwatch.GetElapsedTime(sent);
            await stack.CheckAsync(turn, cancellationToken);
            if (turn < WarmUp && turn % 4 > 0) continue;
            var byHand = await stack.Floor.ShiftAsync(turn, cancellationToken);
            if (turn < WarmUp) continue;
            ours.Add(took);
            calls.Add(answered);
            floor.Add(byHand);
            if (turn % (shifts / peers) == 0) peer.Add(await stack.Peer.ShiftAsync(turn, cancellationToken));
        }
        return (ours, calls, floor, peer);
    }
}
