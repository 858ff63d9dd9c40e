using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;

namespace TrafficShifter.Benchmarks.Api;

/// <summary>Reads and writes a second with 16 clients, next to Consul asked for the same keys by the same clients; then one change told to 200 streams of events.</summary>
internal static class ApiBench
{
    /// <summary>What a read and a write must stay below for their rate to count.</summary>
    private const double LimitMs = 50;

    public static async Task<int> RunAsync(bool quick, CancellationToken cancellationToken)
    {
        await using var stack = await ApiStack.StartAsync(apps: 100, cancellationToken);
        var (reads, writes) = await MeasureCallsAsync(stack, rounds: quick ? 3 : 7, seconds: quick ? 2 : 4, cancellationToken);
        await using var crowd = await Crowd.JoinAsync(stack, 200, cancellationToken);
        var told = await crowd.MeasureAsync(changes: quick ? 30 : 150, burst: quick ? 200 : 1000, cancellationToken);
        Print(reads, writes, told);
        return told.Missing == 0 ? 0 : 1;
    }

    private static async Task<(CallCost Reads, CallCost Writes)> MeasureCallsAsync(ApiStack stack, int rounds, int seconds, CancellationToken cancellationToken)
    {
        var (reads, writes) = (new CallCost(), new CallCost());
        // Until .NET has compiled what is called often: for seconds that takes more of the server's CPU than the calls.
        await stack.Ours.ReadAsync(seconds * 2);
        await stack.Ours.WriteAsync(seconds * 4);
        for (var round = 0; round < rounds; round++)
        {
            // All take turns, so that whatever else the machine does meets them alike.
            var samples = new[] { await stack.Ours.ReadAsync(seconds), await stack.Raw.ReadAsync(seconds), await stack.Ours.WriteAsync(seconds), await stack.Raw.WriteAsync(seconds) };
            cancellationToken.ThrowIfCancellationRequested();
            reads.Add(samples[0], samples[1]);
            writes.Add(samples[2], samples[3]);
        }
        return (reads, writes);
    }

    private static void Print(CallCost reads, CallCost writes, Told told)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("16 clients", "a second", "p50 ms", "p99 ms", "Consul a second", "p99 ms", "ours ÷ Consul", "server CPU µs");
        Row("reads of an application's weights", reads);
        Row("shifts", writes);
        AnsiConsole.MarkupLine("[bold]api[/]: one api and one agent beside HAProxy, Consul with its data on disk; Consul: the same key operations asked for by the same clients");
        AnsiConsole.Write(table);
        var streams = new Table().Border(TableBorder.Simple).AddColumns($"{told.Streams} streams", "");
        void Line(string what, double value, string format = "0.00") => streams.AddRow(what, value.ToString(format, CultureInfo.InvariantCulture));
        Line("a change, from the call to the last stream, p50 ms", told.Last.P50);
        Line("p99 ms", told.Last.P99);
        Line("to the first stream, p50 ms", told.First.P50);
        Line("floor: a raw write to a raw blocking query that has it, p50 ms", told.Floor.P50);
        Line("events that any stream missed", told.Missing, "0");
        Line("events in the burst, a second", told.BurstPerSecond, "0");
        Line("from the burst's last answer to the last stream having all, ms", told.BurstLagMs, "0");
        Line("server CPU for an event to all streams, ms", told.CpuMsPerEvent);
        Line("server memory for a stream, KiB", told.KibPerStream, "0");
        AnsiConsole.Write(streams);
        Console.Out.WriteLine(Figures(reads, writes, told).ToJsonString(JsonSerializerOptions.Default));

        void Row(string what, CallCost cost) => table.AddRow(what, $"{cost.Rate:0}", $"{cost.P50Ms:0.0}", $"{cost.P99Ms:0.0}{(cost.P99Ms < LimitMs ? "" : " (!)")}", $"{cost.RawRate:0}", $"{cost.RawP99Ms:0.0}", $"{cost.Ratio:0.00}", $"{cost.CpuMicroseconds:0}");
    }

    private static JsonObject Figures(CallCost reads, CallCost writes, Told told) => new()
    {
        ["readsPerSecond"] = Math.Round(reads.Rate), ["readP99Ms"] = reads.P99Ms, ["rawReadsPerSecond"] = Math.Round(reads.RawRate), ["readRatio"] = Math.Round(reads.Ratio, 2), ["readCpuMicroseconds"] = Math.Round(reads.CpuMicroseconds),
        ["writesPerSecond"] = Math.Round(writes.Rate), ["writeP99Ms"] = writes.P99Ms, ["rawWritesPerSecond"] = Math.Round(writes.RawRate), ["writeRatio"] = Math.Round(writes.Ratio, 2), ["writeCpuMicroseconds"] = Math.Round(writes.CpuMicroseconds),
        ["streams"] = told.Streams, ["lastStreamP50Ms"] = told.Last.P50, ["lastStreamP99Ms"] = told.Last.P99, ["streamFloorP50Ms"] = told.Floor.P50, ["missing"] = told.Missing,
        ["cpuMsPerEvent"] = Math.Round(told.CpuMsPerEvent, 2), ["kibPerStream"] = Math.Round(told.KibPerStream), ["burstPerSecond"] = Math.Round(told.BurstPerSecond), ["burstLagMs"] = Math.Round(told.BurstLagMs),
    };
}
