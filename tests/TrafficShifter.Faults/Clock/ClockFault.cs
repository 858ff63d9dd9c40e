using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Clock;

/// <summary>The clocks of some servers are set wrong by hours, both ways: when it begins, and when it is put right.</summary>
/// <remarks>
/// Expected: nothing but names of times changes. Holds are counted in elapsed time, the lease by beats, sessions of Consul by Consul. Evidence is not
/// believed while the clocks disagree by over 2 s, so rollouts hold. Tokens that end by the wrong clock are refused by it.
/// </remarks>
internal sealed class ClockFault(string name, TimeSpan by, params string[] parts) : IFault
{
    private static readonly TimeSpan Hours = TimeSpan.FromHours(3);

    public static IReadOnlyList<IFault> All { get; } = FakedClock.Problem is not null ? [] :
    [
        new ClockFault("clocks-three-hours-ahead", Hours, "api1", "api2", "agent1", "agent2"),
        new ClockFault("clocks-three-hours-behind", -Hours, "api1", "api2", "agent1", "agent2"),
        new ClockFault("clocks-apart", Hours, "api1", "agent1"),
    ];

    public string Name => name;

    public TimeSpan Bound => TimeSpan.FromSeconds(10);

    public bool TouchesTraffic => false;

    public string Class => "clock";

    public Task InjectAsync(FaultStack stack, CancellationToken cancellationToken) => MoveAsync(stack, by, cancellationToken);

    public Task HealAsync(FaultStack stack, CancellationToken cancellationToken) => MoveAsync(stack, TimeSpan.Zero, cancellationToken);

    private async Task MoveAsync(FaultStack stack, TimeSpan to, CancellationToken cancellationToken)
    {
        foreach (var part in parts) FakedClock.Of(stack.DirectoryOf(part)).Move(to);
        // It is there when every program has read it.
        await Task.Delay(FakedClock.Delay, cancellationToken);
    }
}
