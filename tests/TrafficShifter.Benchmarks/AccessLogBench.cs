using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks;

/// <summary>What evidence costs an agent: CPU and allocations for a request under real load, what is lost when it is stopped and killed, and an agent with 3,000 applications.</summary>
internal static class AccessLogBench
{
    public static async Task<int> RunAsync(bool quick, CancellationToken cancellationToken)
    {
        var seconds = quick ? 5 : 20;
        var received = await ReceiveAsync(seconds, cancellationToken);
        var agent = await AccessLogAgent.RunAsync(quick ? 300 : 3_000, quick ? 20 : 50, seconds, cancellationToken);
        var table = new Table().Border(TableBorder.Simple).AddColumns("", "");
        void Row(string what, double value, string format) => table.AddRow(what, value.ToString(format, CultureInfo.InvariantCulture));
        Row("requests/s while it received", received.Rate, "0");
        Row("CPU µs of the receiver for a request", received.CpuMicros, "0.00");
        Row("of it reading and counting, in memory", AccessLogReceiver.MeasureCounting(), "0.00");
        Row("bytes allocated for a request", received.Bytes, "0.00");
        Row("requests while it was stopped and killed", received.Requests, "0");
        Row("of them counted", received.Counted, "0");
        Row("reported as lost", received.LostReported, "0");
        Row("applications of the agent, with a rollout", agent.Rollouts, "0");
        Row("applications of the agent, in all", agent.Apps, "0");
        Row("series of the scrape each second", agent.FastSeries, "0");
        Row("its bytes", agent.FastBytes, "0");
        Row("series of the slow scrape", agent.SlowSeries, "0");
        Row("its bytes", agent.SlowBytes, "0");
        Row("requests/s through the agent's HAProxy", agent.Rate, "0");
        Row("the agent's CPU, % of one core", agent.CpuPercent, "0.0");
        Row("the agent's memory, MB", agent.Megabytes, "0");
        AnsiConsole.Write(table);
        Console.Out.WriteLine(JsonSerializer.Serialize(new Dictionary<string, double>
        {
            ["cpuMicrosPerRequest"] = Math.Round(received.CpuMicros, 3),
            ["allocatedBytesPerRequest"] = Math.Round(received.Bytes, 3),
            ["lost"] = received.Requests - received.Counted,
            ["lostReported"] = received.LostReported,
            [quick ? "seriesAt300Apps" : "seriesAt3000Apps"] = agent.FastSeries + agent.SlowSeries,
            ["bytesPerScrape"] = agent.FastBytes,
            ["agentCpuPercent"] = Math.Round(agent.CpuPercent, 2),
            ["agentMegabytes"] = Math.Round(agent.Megabytes, 1),
        }));
        return received.Requests - received.Counted == received.LostReported ? 0 : 1;
    }

    /// <summary>First a steady load; then one during which the receiver is stopped, killed and started again.</summary>
    private static async Task<(double Rate, double CpuMicros, double Bytes, double Requests, double Counted, double LostReported)> ReceiveAsync(int seconds, CancellationToken cancellationToken)
    {
        var (port, folder) = (FreePorts.Take(), Directory.CreateTempSubdirectory("accesslog-").FullName);
        var file = Path.Combine(folder, "counters");
        await using var origin = await DataplaneOrigin.StartAsync(cancellationToken);
        await using var node = await DataplaneNode.StartAsync(origin, apps: 1, port, cancellationToken);
        await node.ShiftAsync("random", MapMode.Random, Share.Parse("10%"), cancellationToken);
        var receiver = AccessLogReceiver.Start(port, file);
        try
        {
            await LoadAsync(2);
            await SettleAsync(receiver, null, cancellationToken);
            var before = await receiver.AskAsync(cancellationToken);
            var started = Stopwatch.GetTimestamp();
            var steady = await LoadAsync(seconds);
            var elapsed = Stopwatch.GetElapsedTime(started).TotalSeconds;
            await Task.Delay(500, cancellationToken);
            var after = await receiver.AskAsync(cancellationToken);
            var records = (double)(after.Records - before.Records);
            // All that the process does, the runtime's own work included.
            var cpu = (after.CpuMicroseconds - before.CpuMicroseconds) / records;
            var bytes = (after.AllocatedBytes - before.AllocatedBytes) / records;

            var load = LoadAsync(Math.Max(8, seconds));
            await Task.Delay(1_000, cancellationToken);
            await receiver.SignalAsync("STOP");
            await Task.Delay(1_500, cancellationToken);
            await receiver.SignalAsync("CONT");
            await Task.Delay(1_000, cancellationToken);
            await receiver.SignalAsync("STOP");
            await Task.Delay(500, cancellationToken);
            await receiver.DisposeAsync();
            await Task.Delay(500, cancellationToken);
            receiver = AccessLogReceiver.Start(port, file);
            var requests = await load;
            var end = await SettleAsync(receiver, after.Records + (long)requests, cancellationToken);
            return (steady / elapsed, cpu, bytes, requests, end.Records - after.Records, end.Lost - after.Lost);
        }
        finally
        {
            await receiver.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        }

        // wrk leaves requests unanswered when it ends, which HAProxy logs and wrk does not count: HAProxy's own number is the load's.
        async Task<double> LoadAsync(int howLong)
        {
            var first = await node.CountRequestsAsync(cancellationToken);
            await Wrk.RunAsync(node.LoggedPort, ["Host: random.test"], cancellationToken, howLong);
            return await node.CountRequestsAsync(cancellationToken) - first;
        }
    }

    /// <summary>Returns when all is counted or known to be lost, or nothing changes any more.</summary>
    private static async Task<ReceiverReport> SettleAsync(AccessLogReceiver receiver, long? records, CancellationToken cancellationToken)
    {
        var last = await receiver.AskAsync(cancellationToken);
        for (var quiet = 0; quiet < 25;)
        {
            await Task.Delay(200, cancellationToken);
            var now = await receiver.AskAsync(cancellationToken);
            quiet = now.Records == last.Records && now.Lost == last.Lost ? quiet + 1 : 0;
            last = now;
            if (now.Records + now.Lost == records) break;
        }
        return last;
    }
}
