namespace TrafficShifter.Server.Agents;

/// <summary>Lets any number of waiters hear of the end of a worker's turn.</summary>
public sealed class TurnSignal
{
    private TaskCompletionSource _next = New();

    /// <summary>Completes at the end of the turn that runs now. Take it before looking, so that no turn is missed.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void End() => Interlocked.Exchange(ref _next, New()).TrySetResult();

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
