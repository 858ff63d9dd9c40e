using System.Collections.Concurrent;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Writers;

/// <summary>Two more operators write one application over and over through both apis, beside those of the schedule and a rollout.</summary>
internal sealed class ManyWriters : IFault
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(40);
    private readonly ConcurrentDictionary<FaultStack, (CancellationTokenSource Stop, Task Running)> _loops = new();

    public string Name => "many-writers";

    public string Class => Name;

    public TimeSpan Bound { get; } = TimeSpan.FromSeconds(5);

    public bool TouchesTraffic => false;

    public Task InjectAsync(FaultStack stack, CancellationToken cancellationToken)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var writers = Task.WhenAll(Enumerable.Range(0, stack.Servers.Count).Select(api => Task.Run(() => WriteAsync(stack, api, stop.Token), CancellationToken.None)));
        _loops[stack] = (stop, writers);
        return Task.CompletedTask;
    }

    public async Task HealAsync(FaultStack stack, CancellationToken cancellationToken)
    {
        _loops.TryRemove(stack, out var loop);
        await loop.Stop.CancelAsync();
        await loop.Running;
        loop.Stop.Dispose();
    }

    private static async Task WriteAsync(FaultStack stack, int api, CancellationToken stop)
    {
        for (var green = 0; !stop.IsCancellationRequested; green = (green + 5) % 105)
        {
            await stack.Callers.ShiftAsync(TestedApp.Fought.Name, FaultStack.Numbered("writer", api), api, new Weights { Blue = 100 - green, Green = green });
            await Task.Delay(Between, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
