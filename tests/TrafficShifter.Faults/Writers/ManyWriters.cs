using TrafficShifter.Core.Traffic;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Writers;

/// <summary>Two more operators write one application over and over through both apis, beside those of the schedule and a rollout.</summary>
internal sealed class ManyWriters : LoopFault
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(40);

    public override string Name => "many-writers";

    protected override Task RepeatAsync(FaultStack stack, CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, stack.Servers.Count).Select(api => WriteAsync(stack, api, stop)));

    private static async Task WriteAsync(FaultStack stack, int api, CancellationToken stop)
    {
        for (var green = 0; !stop.IsCancellationRequested; green = (green + 5) % 105)
        {
            await stack.Callers.ShiftAsync(TestedApp.Fought.Name, FaultStack.Numbered("writer", api), api, new Weights { Blue = 100 - green, Green = green });
            await PauseAsync(Between, stop);
        }
    }
}
