using System.Collections.Concurrent;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Processes;

/// <summary>Both HAProxies are reloaded again and again: each new worker begins with the weights of its file.</summary>
internal sealed class ReloadLoop : IFault
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(700);
    private readonly ConcurrentDictionary<FaultStack, (CancellationTokenSource Stop, Task Running)> _loops = new();

    public string Name => "haproxy-reload-loop";

    public string Class => Name;

    public TimeSpan Bound { get; } = TimeSpan.FromSeconds(10);

    public bool TouchesTraffic => true;

    public Task InjectAsync(FaultStack stack, CancellationToken cancellationToken)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _loops[stack] = (stop, Task.Run(() => LoopAsync(stack, stop.Token), CancellationToken.None));
        return Task.CompletedTask;
    }

    public async Task HealAsync(FaultStack stack, CancellationToken cancellationToken)
    {
        _loops.TryRemove(stack, out var loop);
        await loop.Stop.CancelAsync();
        await loop.Running;
        loop.Stop.Dispose();
    }

    private static async Task LoopAsync(FaultStack stack, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.WhenAll(stack.HAProxies.Where(h => h.Pid != 0).Select(h => h.ReloadAsync(CancellationToken.None)));
            await Task.Delay(Between, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
