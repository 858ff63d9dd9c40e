namespace TrafficShifter.Faults.Processes;

/// <summary>kill -9, SIGSTOP and slow starts of every program of a stack.</summary>
internal static class ProcessFaults
{
    public static IReadOnlyList<IFault> All { get; } =
    [
        new ProcessFault("agent-killed", (stack, _) => stack.Agents[0].KillAsync(), (stack, cancellationToken) => stack.Agents[0].RestartAsync(cancellationToken)),
    ];
}
