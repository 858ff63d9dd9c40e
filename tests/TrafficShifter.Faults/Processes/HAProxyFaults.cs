using TrafficShifter.Demo.Peers;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Processes;

/// <summary>What happens to a HAProxy itself; without us the same requests fail.</summary>
internal static class HAProxyFaults
{
    public static IReadOnlyList<IFault> All { get; } =
    [
        Fault("killed", (haproxy, _) => haproxy.KillAsync(), (haproxy, cancellationToken) => haproxy.StartAsync(cancellationToken)),
        Fault("frozen", (haproxy, _) => Now(haproxy.Freeze), (haproxy, _) => Now(haproxy.Thaw)),
        Fault("slow-start", (haproxy, _) => haproxy.KillAsync(), (haproxy, cancellationToken) =>
            SlowStart.RunAsync(() => haproxy.StartAsync(cancellationToken), () => haproxy.Pid, haproxy.Freeze, haproxy.Thaw)),
        new ReloadLoop(),
    ];

    private static ProcessFault Fault(string what, Func<HAProxyProcess, CancellationToken, Task> inject, Func<HAProxyProcess, CancellationToken, Task> heal) => new(
        "haproxy", $"haproxy-{what}", (stack, cancellationToken) => inject(stack.HAProxies[0], cancellationToken), (stack, cancellationToken) => heal(stack.HAProxies[0], cancellationToken)) { TouchesTraffic = true };

    private static Task Now(Action act)
    {
        act();
        return Task.CompletedTask;
    }
}
