using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace TrafficShifter.Benchmarks.Fleet;

/// <summary>One change is brought to 1, 10, 25 and 50 agents: time until all are read back, and what it costs everybody, fitted to a fixed part and a part for each agent.</summary>
/// <remarks>Floor: a raw write, heard by as many raw blocking queries on one small key, each of which then reads one key. Peer: the same with queries on the whole prefix.</remarks>
internal static class FleetBench
{
    private const int Apps = 1000;
    private static readonly int[] Sizes = [1, 10, 25, 50];

    public static async Task<int> RunAsync(bool quick, CancellationToken cancellationToken)
    {
        var (blocks, shifts, quiet) = quick ? (2, 15, 12) : (6, 25, 70);
        await using var stack = await FleetStack.StartAsync(Apps, cancellationToken);
        var stages = new List<FleetStage>();
        foreach (var size in Sizes)
        {
            await stack.GrowAsync(size, cancellationToken);
            stages.Add(await MeasureAsync(stack, blocks, shifts, cancellationToken));
        }
        Print(stages, await IdleAsync(stack, quiet, cancellationToken));
        return 0;
    }

    private static async Task<FleetStage> MeasureAsync(FleetStack stack, int blocks, int shifts, CancellationToken cancellationToken)
    {
        var size = stack.Agents;
        using var floor = new RawWatchers(stack.Consul.Addresses, size, "floor/feed", "floor/weights");
        using var peer = new RawWatchers(stack.Consul.Addresses, size, $"{FleetStack.PeerPrefix}?recurse", null);
        var stage = new FleetStage(size);
        for (var block = 0; block <= blocks; block++)
        {
            // The three take turns by blocks, so that whatever else the machine does meets them alike. The first block warms up.
            var into = block == 0 ? new FleetStage(size) : stage;
            await into.Ours.AddAsync(stack, shifts, async turn =>
            {
                var sent = Stopwatch.GetTimestamp();
                await stack.ShiftAsync(block * shifts + turn, cancellationToken);
                return Stopwatch.GetElapsedTime(sent);
            }, cancellationToken);
            await into.Floor.AddAsync(stack, shifts, turn => floor.ShiftAsync(["floor/weights", "floor/feed"], block * shifts + turn, cancellationToken), cancellationToken);
            await into.Peer.AddAsync(stack, shifts / 3, turn => peer.ShiftAsync([$"{FleetStack.PeerPrefix}0"], block * shifts + turn, cancellationToken), cancellationToken);
        }
        return stage;
    }

    /// <summary>Nobody changes anything.</summary>
    private static async Task<FleetIdle> IdleAsync(FleetStack stack, int seconds, CancellationToken cancellationToken)
    {
        await Task.Delay(TimeSpan.FromSeconds(2), cancellationToken);
        var (use, index, agents, began) = (stack.Consul.ReadUse(), await stack.Consul.ReadLogIndexAsync(cancellationToken), stack.AgentMicroseconds, Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(seconds), cancellationToken);
        var took = Stopwatch.GetElapsedTime(began);
        var used = stack.Consul.ReadUse() - use;
        return new FleetIdle(
            ConsulPercent: used.CpuMicroseconds / took.TotalMicroseconds * 100,
            ConsulBytesPerSecond: used.Bytes / took.TotalSeconds,
            WritesPerSecond: (await stack.Consul.ReadLogIndexAsync(cancellationToken) - index) / took.TotalSeconds,
            AgentPercent: (stack.AgentMicroseconds - agents) / took.TotalMicroseconds * 100 / stack.Agents,
            AgentMegabytes: stack.AgentMegabytes / stack.Agents,
            ConnectionsPerAgent: (stack.Consul.CountConnections() - stack.OtherConnections) / (double)stack.Agents);
    }

    private static void Print(IReadOnlyList<FleetStage> stages, FleetIdle idle)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns(["for one change", .. stages.Select(s => $"{s.Agents} agents"), "fixed", "each agent"]);
        var figures = new JsonObject();
        foreach (var (words, name, of) in Curves)
        {
            var fit = LinearFit.Of(stages.Select(s => ((double)s.Agents, of(s))));
            table.AddRow([words, .. stages.Select(s => Text(of(s), "0.0")), Text(fit.Fixed, "0.0"), Text(fit.Each, "0.00")]);
            figures[name] = new JsonObject([.. stages.Select(s => KeyValuePair.Create(s.Agents.ToString(CultureInfo.InvariantCulture), (JsonNode?)Math.Round(of(s), 2))), KeyValuePair.Create("fixed", (JsonNode?)Math.Round(fit.Fixed, 3)), KeyValuePair.Create("each", (JsonNode?)Math.Round(fit.Each, 4))]);
        }
        AnsiConsole.MarkupLine(string.Create(CultureInfo.InvariantCulture, $"[bold]fleet[/]: one of {Apps} applications changes; 3 Consul servers, {FleetStack.HAProxies} HAProxies; floor and prefix are raw blocking queries"));
        AnsiConsole.Write(table);
        var quiet = new Table().Border(TableBorder.Simple).AddColumns($"idle, {stages[^1].Agents} agents", "");
        foreach (var (words, name, value) in idle.Figures)
        {
            quiet.AddRow(words, Text(value, "0.00"));
            figures[name] = Math.Round(value, 3);
        }
        AnsiConsole.Write(quiet);
        Console.Out.WriteLine(figures.ToJsonString(JsonSerializerOptions.Default));
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);

    private static readonly (string Words, string Name, Func<FleetStage, double> Of)[] Curves =
    [
        ("until all are read back, p50 ms", "p50Ms", s => s.Ours.Times.P50),
        ("p99 ms", "p99Ms", s => s.Ours.Times.P99),
        ("floor, p50 ms", "floorP50Ms", s => s.Floor.Times.P50),
        ("floor, p99 ms", "floorP99Ms", s => s.Floor.Times.P99),
        ("prefix, p50 ms", "peerP50Ms", s => s.Peer.Times.P50),
        ("Consul's CPU, ms", "consulCpuMsPerChange", s => s.Ours.ConsulCpuMs),
        ("floor: Consul's CPU, ms", "floorConsulCpuMsPerChange", s => s.Floor.ConsulCpuMs),
        ("prefix: Consul's CPU, ms", "peerConsulCpuMsPerChange", s => s.Peer.ConsulCpuMs),
        ("KiB that Consul sends and stores", "consulKibPerChange", s => s.Ours.ConsulKib),
        ("floor: KiB", "floorConsulKibPerChange", s => s.Floor.ConsulKib),
        ("prefix: KiB", "peerConsulKibPerChange", s => s.Peer.ConsulKib),
        ("writes, signs of life among them", "writesPerChange", s => s.Ours.Writes),
        ("the api's CPU, ms", "apiCpuMsPerChange", s => s.Ours.ServerCpuMs),
        ("all agents' CPU, ms", "agentsCpuMsPerChange", s => s.Ours.AgentCpuMs),
    ];
}
