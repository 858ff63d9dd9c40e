using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Server.Rollouts;

/// <summary>The attempt at a hook that one rollout has under way in this process: at most one. No turn waits for it.</summary>
public sealed class HookInFlight(HookCaller caller) : IDisposable
{
    private Attempt? _current;

    private sealed record Attempt(HookCall Call, Task<HookAnswer> Task, CancellationTokenSource Patience);

    /// <summary>The answer, once it is there, until the rollout has noted it.</summary>
    public HookAnswer? Answer => _current is { Task.IsCompletedSuccessfully: true } current ? current.Task.Result : null;

    /// <summary>Lets go of an attempt whose answer the rollout does not await any more, or never gets.</summary>
    public void Settle(Rollout rollout)
    {
        if (_current is { } current && (RolloutEngine.FindCall(rollout) != current.Call || current.Task.IsFaulted || current.Task.IsCanceled)) Dispose();
    }

    /// <summary>Whether the decision asks for an attempt that this process does not make yet.</summary>
    public bool IsAskedFor(Decision decision, Rollout next) =>
        decision is Decision.Hold { Why: HoldReason.Hook } && RolloutEngine.FindCall(next) is { } call && call != _current?.Call;

    /// <summary>Makes the attempt. Call it once the document that says so is written.</summary>
    public void Begin(Rollout rollout)
    {
        Dispose();
        var (call, patience) = (RolloutEngine.FindCall(rollout)!, new CancellationTokenSource());
        _current = new Attempt(call, caller.AskAsync(rollout, call, patience.Token), patience);
    }

    /// <summary>Gives up what is under way.</summary>
    public void Dispose()
    {
        _current?.Patience.Cancel();
        _current?.Patience.Dispose();
        _current = null;
    }
}
