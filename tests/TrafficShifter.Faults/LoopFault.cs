using System.Collections.Concurrent;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults;

/// <summary>Somebody does something again and again, from the fault's beginning to its end. A stack and its control each have a loop of their own.</summary>
internal abstract class LoopFault : IFault
{
    private readonly ConcurrentDictionary<FaultStack, (CancellationTokenSource Stop, Task Running)> _loops = new();

    public abstract string Name { get; }

    public string Class => Name;

    public virtual TimeSpan Bound { get; } = TimeSpan.FromSeconds(5);

    public virtual bool TouchesTraffic => false;

    public Task InjectAsync(FaultStack stack, CancellationToken cancellationToken)
    {
        var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _loops[stack] = (stop, Task.Run(() => RepeatAsync(stack, stop.Token), CancellationToken.None));
        return Task.CompletedTask;
    }

    /// <summary>Begins with nothing more and waits for what is under way.</summary>
    public async Task HealAsync(FaultStack stack, CancellationToken cancellationToken)
    {
        if (!_loops.TryRemove(stack, out var loop)) return;
        await loop.Stop.CancelAsync();
        await loop.Running;
        loop.Stop.Dispose();
    }

    /// <summary>Until it is stopped; what it began is ended first, and nothing is thrown for it.</summary>
    protected abstract Task RepeatAsync(FaultStack stack, CancellationToken stop);

    /// <summary>Ends at once when the loop is to stop.</summary>
    protected static async Task PauseAsync(TimeSpan pause, CancellationToken stop) => await Task.Delay(pause, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
}
