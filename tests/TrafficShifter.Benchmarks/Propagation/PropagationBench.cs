using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace TrafficShifter.Benchmarks.Propagation;

/// <summary>One application changes among N: from the API's call being sent to its answer that the weights were read back, next to the floor and the peer in the same run.</summary>
internal static class PropagationBench
{
    private const int WarmUp = 30;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static async Task<int> RunAsync(bool quick, CancellationToken cancellationToken)
    {
        int[] sizes = [1, 100, 1000, 10_000];
        var shifts = quick ? 100 : 500;
        var table = new Table().Border(TableBorder.Simple).AddColumns("applications", "p50 ms", "p99 ms", "floor p50", "floor p99", "p50 ÷ floor", "peer p50",
            "agent apart p50", "p99", "its CPU ms", "its bytes", "by hand, ms", "among shifts");
        var results = new JsonObject();
        foreach (var size in sizes)
        {
            var measured = await MeasureAsync(size, shifts, quick, cancellationToken);
            foreach (var (name, value) in measured)
            {
                if (results[name] is not JsonObject bySize) results[name] = bySize = [];
                bySize[size.ToString(CultureInfo.InvariantCulture)] = value;
            }
            table.AddRow([size.ToString(CultureInfo.InvariantCulture), .. measured.Select(m => m.Value.ToString(CultureInfo.InvariantCulture)).Take(12)]);
        }
        AnsiConsole.MarkupLine($"[bold]propagation[/]: {shifts} shifts each, one HAProxy with a backend for each application, Consul with its data on disk");
        AnsiConsole.Write(table);
        Console.Out.WriteLine(JsonSerializer.Serialize(results));
        return 0;
    }

    /// <summary>In the order of the table's columns.</summary>
    private static async Task<List<(string Name, double Value)>> MeasureAsync(int size, int shifts, bool quick, CancellationToken cancellationToken)
    {
        await using var stack = await PropagationStack.StartAsync(size, cancellationToken);
        var (ours, floor, peer) = await MeasureTogetherAsync(stack, shifts, Math.Max(1, shifts / (quick ? 10 : 20)), cancellationToken);
        var apart = await AgentApart.MeasureAsync(stack, shifts, quick ? 3 : 10, cancellationToken);
        return
        [
            ("p50Ms", ours.P50), ("p99Ms", ours.P99), ("floorP50Ms", floor.P50), ("floorP99Ms", floor.P99), ("p50Ratio", Math.Round(ours.P50 / floor.P50, 2)), ("peerP50Ms", peer.P50),
            ("apartP50Ms", apart.Shifts.P50), ("apartP99Ms", apart.Shifts.P99), ("agentCpuMsPerChange", apart.CpuMilliseconds), ("bytesPerChange", apart.Bytes),
            ("handEditMs", apart.SlowestByHand), ("handEditAmongShiftsMs", apart.SlowestByHandAmongShifts), ("apiCpuMsPerChange", apart.ApiCpuMilliseconds),
        ];
    }

    /// <summary>One process with all roles. The three take turns, so that whatever else the machine does meets all alike; each begins after the same pause.</summary>
    private static async Task<(Percentiles Ours, Percentiles Floor, Percentiles Peer)> MeasureTogetherAsync(PropagationStack stack, int shifts, int peers, CancellationToken cancellationToken)
    {
        await using var server = await stack.StartServerAsync(cancellationToken);
        using var api = await stack.OpenApiAsync(server, cancellationToken);
        var (ours, floor, peer) = (new Percentiles(), new Percentiles(), new Percentiles());
        for (var turn = 0; turn < WarmUp + shifts; turn++)
        {
            await Task.Delay(Pause, cancellationToken);
            var sent = Stopwatch.GetTimestamp();
            await stack.ShiftAsync(api, turn, cancellationToken);
            if (turn >= WarmUp) ours.AddSince(sent);
            await stack.CheckAsync(turn, cancellationToken);
            var took = await stack.Floor.ShiftAsync(turn, cancellationToken);
            if (turn >= WarmUp) floor.Add(took);
            if (turn % (shifts / peers) != 0) continue;
            took = await stack.Peer.ShiftAsync(turn, cancellationToken);
            if (turn >= WarmUp) peer.Add(took);
        }
        return (ours, floor, peer);
    }
}
