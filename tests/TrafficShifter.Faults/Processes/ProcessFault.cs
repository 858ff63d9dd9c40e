using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Processes;

/// <summary>One or more programs are ended or held, and come back.</summary>
internal sealed class ProcessFault(string group, string name, Func<FaultStack, CancellationToken, Task> inject, Func<FaultStack, CancellationToken, Task> heal) : IFault
{
    public string Name => name;

    public string Class => group;

    public TimeSpan Bound { get; init; } = TimeSpan.FromSeconds(10);

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(4);

    public bool TouchesTraffic { get; init; }

    public bool WipesStore { get; init; }

    public IReadOnlyList<int> WithoutAgent { get; init; } = [];

    public Task InjectAsync(FaultStack stack, CancellationToken cancellationToken) => inject(stack, cancellationToken);

    public Task HealAsync(FaultStack stack, CancellationToken cancellationToken) => heal(stack, cancellationToken);
}
