using TrafficShifter.Demo.Peers;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Processes;

/// <summary>kill -9, SIGSTOP and slow starts of our own programs and of VictoriaMetrics.</summary>
internal static class ServerFaults
{
    public static IReadOnlyList<IFault> All { get; } =
    [
        // Both are api and controller: one class, or a pair could take both away.
        .. Of("controller", "server", Leader, TimeSpan.FromSeconds(12)),
        .. Of("api", "server", stack => stack.Servers.First(s => s != Leader(stack)), TimeSpan.FromSeconds(4)),
        .. Of("agent", "agent", stack => stack.Agents[0], TimeSpan.FromSeconds(4), withoutAgent: [0]),
        .. Of("victoria-metrics", "victoria-metrics", stack => stack.VictoriaMetrics, TimeSpan.FromSeconds(4)),
    ];

    /// <summary>The server that leads.</summary>
    private static ServerProcess Leader(FaultStack stack) => stack.Servers.FirstOrDefault(s => s.Name == stack.Logs.Leader) ?? stack.Servers[0];

    /// <param name="choose">Looked at once, when the fault begins: another may lead when it ends.</param>
    private static IEnumerable<IFault> Of(string name, string group, Func<FaultStack, PeerProcess> choose, TimeSpan duration, IReadOnlyList<int>? withoutAgent = null)
    {
        PeerProcess? chosen = null;
        ProcessFault Fault(string what, Func<PeerProcess, Task> inject, Func<PeerProcess, CancellationToken, Task> heal) => new(
            group, $"{name}-{what}", (stack, _) => inject(chosen = choose(stack)), (_, cancellationToken) => heal(chosen!, cancellationToken)) { Duration = duration, WithoutAgent = withoutAgent ?? [] };

        yield return Fault("killed", process => process.KillAsync(), RestartAsync);
        yield return Fault("frozen", process => Now(process.Freeze), (process, _) => Now(process.Thaw));
        yield return Fault("slow-start", process => process.KillAsync(), (process, cancellationToken) => SlowStart.RunAsync(() => RestartAsync(process, cancellationToken), () => process.Pid, process.Freeze, process.Thaw));
    }

    /// <summary>One of ours may come back while another fault still keeps Consul from it: it is not waited for until it is ready. Whether all is as wanted then is looked at anyway.</summary>
    private static Task RestartAsync(PeerProcess process, CancellationToken cancellationToken) =>
        process is ServerProcess ours ? ours.RestartUnreadyAsync(cancellationToken) : process.RestartAsync(cancellationToken);

    private static Task Now(Action act)
    {
        act();
        return Task.CompletedTask;
    }
}
