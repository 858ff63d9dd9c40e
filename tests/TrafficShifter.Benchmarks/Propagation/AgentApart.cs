using System.Diagnostics;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Show;

namespace TrafficShifter.Benchmarks.Propagation;

/// <summary>The same with the agent as a process of its own, which hears of a change through Consul alone.</summary>
/// <param name="CpuMilliseconds">The agent's CPU for one change: what it used while changes came, less what it uses in the same time without any.</param>
/// <param name="Bytes">What Consul sent to the agent for one change, all of it.</param>
/// <param name="SlowestByHand">Milliseconds from a key's write by hand to HAProxy's weights.</param>
internal sealed record AgentApart(Percentiles Shifts, double CpuMilliseconds, double ApiCpuMilliseconds, double Bytes, double SlowestByHand, double SlowestByHandAmongShifts)
{
    /// <summary>Until the two servers have compiled what they do again and again: a server that has run for a while is measured.</summary>
    private const int WarmUp = 250;
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    public static async Task<AgentApart> MeasureAsync(PropagationStack stack, int shifts, int edits, CancellationToken cancellationToken)
    {
        await using var relay = new CountingRelay(stack.Consul.Address);
        await using var server = await stack.StartApiAsync(cancellationToken);
        await using var agent = await stack.StartAgentAsync(relay.Address, cancellationToken);
        using var api = await stack.OpenApiAsync(server, cancellationToken);
        for (var turn = 0; turn < WarmUp; turn++) await ShiftAsync(stack, api, turn, null, cancellationToken);

        var times = new Percentiles();
        var (bytes, busy, busyApi) = (relay.Bytes, new CpuOf(agent), new CpuOf(server));
        for (var turn = WarmUp; turn < WarmUp + shifts; turn++) await ShiftAsync(stack, api, turn, times, cancellationToken);
        var (used, usedApi) = (busy.Read(), busyApi.Read());
        bytes = relay.Bytes - bytes;
        await Task.Delay(Settling, cancellationToken);
        var (idle, idleApi) = (new CpuOf(agent), new CpuOf(server));
        await Task.Delay(Idle, cancellationToken);
        var (cpu, cpuApi) = (Beyond(used, idle.Read()) / shifts, Beyond(usedApi, idleApi.Read()) / shifts);

        var (byHand, amongShifts) = (TimeSpan.Zero, TimeSpan.Zero);
        for (var edit = 1; edit <= edits; edit++) byHand = Max(byHand, await stack.EditByHandAsync(1000 + edit * 7, cancellationToken));
        for (var edit = 1; edit <= edits; edit++) amongShifts = Max(amongShifts, await EditAmongShiftsAsync(stack, api, 3000 + edit * 7, cancellationToken));
        return new AgentApart(times, Math.Round(cpu, 2), Math.Round(cpuApi, 2), Math.Round((double)bytes / shifts), Math.Round(byHand.TotalMilliseconds), Math.Round(amongShifts.TotalMilliseconds));
    }

    /// <summary>The service's own writes come all the while: what is written by hand is never the newest for long. With one application there is no other to shift.</summary>
    private static async Task<TimeSpan> EditAmongShiftsAsync(PropagationStack stack, DemoApi api, int turn, CancellationToken cancellationToken)
    {
        var edited = stack.EditByHandAsync(turn, cancellationToken);
        for (var other = turn + 1; !edited.IsCompleted; other++)
            if (stack.AppOf(other) != stack.AppOf(turn)) await ShiftAsync(stack, api, other, null, cancellationToken);
            else await Task.Delay(Pause, cancellationToken);
        return await edited;
    }

    private static async Task ShiftAsync(PropagationStack stack, DemoApi api, int turn, Percentiles? times, CancellationToken cancellationToken)
    {
        await Task.Delay(Pause, cancellationToken);
        var took = await stack.ShiftAsync(api, turn, cancellationToken);
        times?.Add(took);
        await stack.CheckAsync(turn, cancellationToken);
    }

    private static double Beyond((double Milliseconds, double Seconds) busy, (double Milliseconds, double Seconds) idle) => Math.Max(0, busy.Milliseconds - idle.Milliseconds / idle.Seconds * busy.Seconds);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private sealed class CpuOf(ServerProcess process)
    {
        private readonly double _before = ProcessCpu.ReadMicroseconds(process.Pid);
        private readonly long _began = Stopwatch.GetTimestamp();

        public (double Milliseconds, double Seconds) Read() => ((ProcessCpu.ReadMicroseconds(process.Pid) - _before) / 1000, Stopwatch.GetElapsedTime(_began).TotalSeconds);
    }
}
