using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Network;

/// <summary>Something happens to ways between the parts of a stack, whose processes all go on.</summary>
/// <param name="inject">Brings it about on these links.</param>
/// <param name="heal">Makes them as they were.</param>
internal sealed class LinkFault(string name, Func<FaultStack, CancellationToken, Task> inject, Action<Links> heal) : IFault
{
    public LinkFault(string name, Action<Links> inject, Action<Links> heal)
        : this(name, (stack, _) => { inject(stack.Links); return Task.CompletedTask; }, heal) { }

    public string Name => name;

    public TimeSpan Bound { get; init; } = TimeSpan.FromSeconds(15);

    public bool TouchesTraffic => false;

    public string Class => "network";

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(4);

    public IReadOnlyList<int> WithoutAgent { get; init; } = [];

    public Task InjectAsync(FaultStack stack, CancellationToken cancellationToken) => inject(stack, cancellationToken);

    public Task HealAsync(FaultStack stack, CancellationToken cancellationToken)
    {
        heal(stack.Links);
        return Task.CompletedTask;
    }
}
