using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Processes;

/// <summary>Both HAProxies are reloaded again and again: each new worker begins with the weights of its file.</summary>
internal sealed class ReloadLoop : LoopFault
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(700);

    public override string Name => "haproxy-reload-loop";

    public override TimeSpan Bound { get; } = TimeSpan.FromSeconds(10);

    public override bool TouchesTraffic => true;

    protected override async Task RepeatAsync(FaultStack stack, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.WhenAll(stack.HAProxies.Where(h => h.Pid != 0).Select(h => h.ReloadAsync(CancellationToken.None)));
            await PauseAsync(Between, stop);
        }
    }
}
