using TrafficShifter.Faults.Load;
using TrafficShifter.Faults.Observation;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Running;

/// <summary>Runs faults on one stack, one round after another.</summary>
internal static class Harness
{
    public static async Task<int> RunAsync(RunOptions options, CancellationToken cancellationToken)
    {
        await using var stack = await FaultStack.StartAsync(null, cancellationToken);
        await using var load = new UserLoad(stack);
        foreach (var fault in Catalogue.All)
        {
            Console.WriteLine(fault.Name);
            await fault.InjectAsync(stack, cancellationToken);
            await fault.HealAsync(stack, cancellationToken);
            await using var watch = new NodeWatch(0, stack.HAProxies[0]);
            Console.WriteLine(await watch.LookAsync());
        }
        return 0;
    }
}
