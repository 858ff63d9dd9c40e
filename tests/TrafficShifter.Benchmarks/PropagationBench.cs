using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Show;

namespace TrafficShifter.Benchmarks;

/// <summary>One application changes among N: from the API's call being sent to its answer that the weights were read back, next to the floor in the same run.</summary>
internal static class PropagationBench
{
    private const int WarmUp = 20;

    public static async Task<int> RunAsync(bool quick, CancellationToken cancellationToken)
    {
        int[] sizes = quick ? [1, 100] : [1, 100, 1000];
        var shifts = quick ? 100 : 300;
        var table = new Table().Border(TableBorder.Simple).AddColumns("applications", "p50 ms", "p99 ms", "floor p50 ms", "floor p99 ms", "p50 ÷ floor");
        var results = new Dictionary<string, JsonObject> { ["p50Ms"] = [], ["p99Ms"] = [], ["floorP50Ms"] = [], ["floorP99Ms"] = [], ["p50Ratio"] = [] };
        foreach (var size in sizes)
        {
            var (ours, floor) = await MeasureAsync(size, shifts, cancellationToken);
            var ratio = Math.Round(ours.P50 / floor.P50, 2);
            var key = size.ToString(CultureInfo.InvariantCulture);
            (results["p50Ms"][key], results["p99Ms"][key], results["floorP50Ms"][key], results["floorP99Ms"][key], results["p50Ratio"][key]) = (ours.P50, ours.P99, floor.P50, floor.P99, ratio);
            table.AddRow(key, $"{ours.P50}", $"{ours.P99}", $"{floor.P50}", $"{floor.P99}", $"{ratio}");
        }
        AnsiConsole.MarkupLine($"[bold]propagation[/]: {shifts} shifts each, one HAProxy, one process with all roles, Consul with its data on disk; floor: the same by hand");
        AnsiConsole.Write(table);
        Console.Out.WriteLine(JsonSerializer.Serialize(results));
        return 0;
    }

    private static async Task<(Percentiles Ours, Percentiles Floor)> MeasureAsync(int size, int shifts, CancellationToken cancellationToken)
    {
        await using var consul = await ConsulProcess.StartAsync(new ConsulSetup { Persistent = true }, cancellationToken);
        await using var haproxy = await HAProxyProcess.StartAsync(new HAProxySetup { Backends = [Backend("floor"), .. Enumerable.Range(1, size).Select(i => Backend($"app{i}"))] }, cancellationToken);
        await using var server = await ServerProcess.StartAsync(
            new ServerSetup { Consul = consul.Address, Nodes = [new ServerNode("hap1", haproxy.RuntimeApiSocket)] }, cancellationToken);
        using var api = new DemoApi(server.Address, await server.ReadAdminTokenAsync(cancellationToken));
        using var raw = new RawPath(consul.Address, haproxy.RuntimeApiSocket, "floor");
        for (var i = 1; i <= size; i++) await api.PutAsync($"apps/app{i}", new JsonObject { ["routing"] = new JsonObject { ["backend"] = $"app{i}" } }, cancellationToken);

        var (ours, floor) = (new Percentiles(), new Percentiles());
        for (var turn = 0; turn < WarmUp + shifts; turn++)
        {
            // The two take turns, so that whatever else the machine does meets both alike.
            var sent = Stopwatch.GetTimestamp();
            var answer = await api.PutAsync($"apps/app{1 + turn % size}/weights?wait=10s", new JsonObject { ["blue"] = 100, ["green"] = 1 + turn % 100 }, cancellationToken);
            if (turn >= WarmUp) ours.AddSince(sent);
            if (answer["nodes"]![0]!["progress"]!.GetValue<string>() != "observed") throw new PeerException($"a shift was not observed: {answer}");
            var began = Stopwatch.GetTimestamp();
            await raw.ShiftAsync(turn, cancellationToken);
            if (turn >= WarmUp) floor.AddSince(began);
        }
        return (ours, floor);
    }

    private static HAProxyBackend Backend(string name) => new(name, [$"{name}.example.com"],
        [new HAProxyServer("blue1", 1, Checked: false), new HAProxyServer("green1", 2, Checked: false)]);
}
