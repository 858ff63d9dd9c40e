using TrafficShifter.Consul;
using System.Diagnostics;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks.Scale;

/// <summary>10,000 applications: start-up, idleness, and the rollback of all of them with its sweep, next to the floor in the same run.</summary>
internal static class ScaleBench
{
    private const int CliStarts = 20;

    /// <summary>Until what a start leaves to be done in the background is done: the compiler's second thoughts, the looks for persistence.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(90);

    /// <param name="onlyRollback">Only the rollback of all and its sweep: neither the starts of the command line nor what is used while nobody asks.</param>
    public static async Task<int> RunAsync(bool quick, bool onlyRollback, CancellationToken cancellationToken)
    {
        // The longest time between two full readings of the store is 75 s: each process has one in the window.
        var (apps, rounds, window) = quick ? (1_000, 3, TimeSpan.FromSeconds(12)) : (10_000, 3, TimeSpan.FromSeconds(76));
        var cli = onlyRollback ? null : await TimeCliAsync(cancellationToken);
        await using var stack = await ScaleStack.StartAsync(apps, cancellationToken);
        var idle = onlyRollback ? null : await MeasureIdleAsync(stack, quick, window, cancellationToken);
        var result = await MeasureRollbacksAsync(stack, rounds, cancellationToken);
        ScaleReport.Print(stack, idle, result, cli, window, rounds);
        return 0;
    }

    private static async Task<IdleFigures> MeasureIdleAsync(ScaleStack stack, bool quick, TimeSpan window, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var peer = PrefixWatcher.RunAsync(stack.PeerConsul.Address, "traffic-shifter/", stop.Token);
        await Task.Delay(quick ? Settling / 9 : Settling, cancellationToken);
        var cpu = await IdleWindow.MeasureAsync(window, [stack.Agent.Pid, stack.Server.Pid, stack.Consul.Pid, stack.PeerConsul.Pid], cancellationToken);
        if (peer.IsFaulted) await peer;
        await stop.CancelAsync();
        await peer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return new IdleFigures(cpu[0], cpu[1], cpu[2], cpu[3], ProcessCpu.ReadMegabytes(stack.Agent.Pid), ProcessCpu.ReadMegabytes(stack.Server.Pid));
    }

    /// <summary>Rollback of all, its floor, its sweep and the sweep's floor take turns, so that whatever else the machine does meets all alike.</summary>
    private static async Task<RollbackFigures> MeasureRollbacksAsync(ScaleStack stack, int rounds, CancellationToken cancellationToken)
    {
        var figures = new RollbackFigures(new Percentiles(), new Percentiles(), new Percentiles(), new Percentiles(), new Percentiles());
        using var raw = new RawRollback(stack.Consul.Address, stack.FloorHAProxy, stack.Apps);
        using var rawSweep = new RawSweep(stack.Consul.Address);
        await using var store = ScaleFleet.Open(stack.Consul.Address);
        // The first round is not counted: programs that have just begun are slower than those that have run for a while.
        for (var round = 0; round <= rounds; round++)
        {
            await raw.BeginAsync(cancellationToken);
            var floor = await raw.RollBackAsync(round, cancellationToken);
            var reading = await raw.ReadBackAsync(cancellationToken);
            var began = Stopwatch.GetTimestamp();
            var answer = await stack.Api.PostAsync("rollback?wait=30s", new JsonObject { ["reason"] = $"round {round}" }, cancellationToken);
            var took = Stopwatch.GetElapsedTime(began);
            var swept = await stack.Sweeps.TookAsync(cancellationToken);
            await ScaleChecks.NothingLostAsync(stack, answer, store, round, cancellationToken);
            await ScaleChecks.QuietAsync(stack, cancellationToken);
            var sweepFloor = await rawSweep.RunAsync(await ReadSweepAsync(store, cancellationToken), cancellationToken);
            await rawSweep.ForgetAsync(cancellationToken);
            await ScaleFleet.UnlockAsync(stack.Consul.Address, stack.Apps, round + 1, answer["rollback"]!["id"]!.GetValue<string>(), cancellationToken);
            await ScaleChecks.CanaryAsync(stack, cancellationToken);
            if (round == 0) continue;
            figures.All.Add(took);
            figures.AllFloor.Add(floor);
            figures.Reading.Add(reading);
            figures.Sweep.Add(swept);
            figures.SweepFloor.Add(sweepFloor);
        }
        return figures;
    }

    /// <summary>What the sweep wrote, to be written again by hand.</summary>
    private static async Task<IReadOnlyList<IReadOnlyList<RawOperation>>> ReadSweepAsync(ConsulTrafficStore store, CancellationToken cancellationToken)
    {
        var states = (await store.ListAsync(Keys.States, cancellationToken)).Entries;
        var history = (await store.ListAsync(Keys.History + ScaleFleet.Name(0)[..4], cancellationToken)).Entries.Take(states.Count).ToList();
        var feed = (await store.ListAsync(Keys.Feed, cancellationToken)).Entries.MaxBy(e => e.Value.Length)!.Value;
        var outbox = (await store.ListAsync(Keys.Outbox, cancellationToken)).Entries.MaxBy(e => e.Value.Length)!.Value;
        return RawSweep.Plan(states, history, feed, outbox);
    }

    private static async Task<Percentiles> TimeCliAsync(CancellationToken cancellationToken)
    {
        var program = Environment.GetEnvironmentVariable("TRAFFICSHIFTER_CLI") ?? throw new PeerException("TRAFFICSHIFTER_CLI does not name the program: run ./dev bench scale");
        var starts = new Percentiles();
        await CliBench.TimeAsync(program, CliBench.Command, cancellationToken);
        for (var i = 0; i < CliStarts; i++) starts.Add(await CliBench.TimeAsync(program, CliBench.Command, cancellationToken));
        return starts;
    }
}

internal sealed record IdleFigures(double Agent, double Server, double Consul, double PeerConsul, double AgentMegabytes, double ServerMegabytes);

internal sealed record RollbackFigures(Percentiles All, Percentiles AllFloor, Percentiles Reading, Percentiles Sweep, Percentiles SweepFloor);
