using TrafficShifter.Demo.Peers;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Processes;

/// <summary>What happens to the Consul servers: each of them, the one that leads, most of them, and their data.</summary>
internal static class ConsulFaults
{
    public static IReadOnlyList<IFault> All { get; } =
    [
        .. Of("consul-leader", "consul", async (stack, cancellationToken) => await stack.Consul.FindLeaderAsync(cancellationToken) ?? stack.Consul.Servers[0]),
        .. Of("consul1", "consul", (stack, _) => Task.FromResult(stack.Consul.Servers[0])),
        .. Of("consul2", "consul", (stack, _) => Task.FromResult(stack.Consul.Servers[1])),
        .. Of("consul3", "consul", (stack, _) => Task.FromResult(stack.Consul.Servers[2])),
        new ProcessFault("consul-quorum", "consul-quorum-lost", LoseQuorumAsync, StartAllAsync) { Bound = TimeSpan.FromSeconds(20), Duration = TimeSpan.FromSeconds(6) },
        new ProcessFault("consul-data", "consul-data-wiped", WipeAsync, (stack, cancellationToken) => stack.RegisterAsync(cancellationToken)) { Bound = TimeSpan.FromSeconds(30), WipesStore = true },
    ];

    private static IEnumerable<IFault> Of(string name, string group, Func<FaultStack, CancellationToken, Task<ConsulProcess>> choose)
    {
        ConsulProcess? chosen = null;
        ProcessFault Fault(string what, Func<ConsulProcess, Task> inject, Func<ConsulProcess, CancellationToken, Task> heal) => new(
            group, $"{name}-{what}", async (stack, cancellationToken) => await inject(chosen = await choose(stack, cancellationToken)), (_, cancellationToken) => heal(chosen!, cancellationToken))
            { Bound = TimeSpan.FromSeconds(20), Duration = TimeSpan.FromSeconds(6) };

        yield return Fault("killed", consul => consul.KillAsync(), (consul, cancellationToken) => consul.StartAsync(cancellationToken));
        yield return Fault("frozen", consul => Now(consul.Freeze), (consul, _) => Now(consul.Thaw));
        yield return Fault("slow-start", consul => consul.KillAsync(), (consul, cancellationToken) => SlowStart.RunAsync(() => consul.StartAsync(cancellationToken), () => consul.Pid, consul.Freeze, consul.Thaw));
    }

    /// <summary>Two of three.</summary>
    private static Task LoseQuorumAsync(FaultStack stack, CancellationToken cancellationToken) => Task.WhenAll(stack.Consul.Servers.Take(2).Select(s => s.KillAsync()));

    private static async Task StartAllAsync(FaultStack stack, CancellationToken cancellationToken) => await Task.WhenAll(stack.Consul.Servers.Select(s => s.StartAsync(cancellationToken)));

    /// <summary>All are ended before the first begins anew: one that still knew would teach the others.</summary>
    private static async Task WipeAsync(FaultStack stack, CancellationToken cancellationToken)
    {
        await Task.WhenAll(stack.Consul.Servers.Select(s => s.KillAsync()));
        foreach (var server in stack.Consul.Servers) server.RemoveData();
        await StartAllAsync(stack, cancellationToken);
        await stack.Consul.SeeLeaderAsync(cancellationToken);
    }

    private static Task Now(Action act)
    {
        act();
        return Task.CompletedTask;
    }
}
