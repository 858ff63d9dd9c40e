using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Processes;

/// <summary>One or more programs are ended or held, and come back.</summary>
internal sealed class ProcessFault(string name, Func<FaultStack, CancellationToken, Task> inject, Func<FaultStack, CancellationToken, Task> heal) : IFault
{
    public string Name => name;

    public TimeSpan Bound { get; init; } = TimeSpan.FromSeconds(10);

    public bool TouchesTraffic { get; init; }

    public Task InjectAsync(FaultStack stack, CancellationToken cancellationToken) => inject(stack, cancellationToken);

    public Task HealAsync(FaultStack stack, CancellationToken cancellationToken) => heal(stack, cancellationToken);
}
