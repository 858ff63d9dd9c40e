using System.Diagnostics;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Faults.Invariants;
using TrafficShifter.Faults.Load;
using TrafficShifter.Faults.Stack;
using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Running;

/// <summary>One round: everything right, the work begins, a fault, a rollback in its middle, its end, everything right again.</summary>
internal sealed class Round(FaultStack stack, Watchers watchers, HistoryReader history)
{
    private static readonly TimeSpan Before = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan SettledWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Turns = TimeSpan.FromSeconds(2.5);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);
    private readonly Emergency _emergency = new(stack.Callers);

    /// <param name="control">Has the same faults at the same time; null: none touches traffic.</param>
    /// <param name="seed">Decides what the operators do, and when which rollback comes.</param>
    /// <exception cref="PeerException">The stack was not in order before the fault.</exception>
    public async Task<RoundRecord> RunAsync(IReadOnlyList<IFault> faults, FaultStack? control, int seed, CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        stack.Operations.Clear();
        var (began, mark) = (OperationLog.Now, stack.Logs.Mark);
        await history.NewAsync();
        await using var controlLoad = control is null ? null : new UserLoad(control);
        var loadBefore = watchers.Load.Now;
        var (injected, healed, emergency, right) = await BreakAsync(faults, control, seed, cancellationToken);
        var (back, missing) = await right;
        await SeeRolledBackAsync(emergency.Rollbacks, cancellationToken);
        await stack.Callers.SettleAsync();
        var done = stack.Operations.All;
        var told = await SeeToldAsync(done, faults.Max(f => f.Bound), cancellationToken);
        // Looked at for longer: a rollback that was overtaken may come back with whoever sweeps, reports or records, each of whom takes a turn a second.
        if (emergency.Wrong is not null) await Task.Delay(Turns, cancellationToken);
        return new RoundRecord
        {
            Faults = faults,
            Began = began,
            Injected = injected,
            Healed = healed,
            Back = back,
            Missing = missing,
            Samples = [.. watchers.Nodes.SelectMany(n => n.Since(began))],
            Wanted = [.. TestedApp.All.SelectMany(app => watchers.Store.Since(app.Name, began))],
            Operations = done,
            History = told,
            Stored = await history.WeightsAsync(),
            Rollbacks = emergency.Rollbacks,
            Wrong = emergency.Wrong,
            RolledBackAll = done.Where(o => o is { Kind: Operation.RollbackOfAll, To: null }).Min(o => (DateTimeOffset?)o.Sent),
            Leaders = stack.Logs.Since(mark),
            Load = watchers.Load.Now.Since(loadBefore),
            Control = controlLoad?.Now,
        };
    }

    /// <summary>People and rollouts at work, the faults, a rollback in their middle, and their end. Returns when they ended; <c>Right</c> goes on.</summary>
    private async Task<(DateTimeOffset Injected, DateTimeOffset Healed, (IReadOnlyList<RollbackTrial> Rollbacks, WrongRollback? Wrong) Emergency, Task<(DateTimeOffset? Back, string Missing)> Right)> BreakAsync(
        IReadOnlyList<IFault> faults, FaultStack? control, int seed, CancellationToken cancellationToken)
    {
        await using var operators = new Operators(stack.Callers, seed);
        await using var rollouts = new Rollouts(stack.Callers, seed);
        await Task.Delay(Before, cancellationToken);
        var injected = OperationLog.Now;
        await OnBothAsync(faults, control, (fault, on) => fault.InjectAsync(on, cancellationToken));
        var lasts = faults.Max(f => f.Duration);
        var until = Task.Delay(lasts, cancellationToken);
        await Task.Delay(lasts * (0.2 + (0.3 * new Random(seed).NextDouble())), cancellationToken);
        var emergency = await _emergency.SendAsync(faults, seed);
        await until;
        await OnBothAsync([.. faults.Reverse()], control, (fault, on) => fault.HealAsync(on, cancellationToken));
        // Counted from here, while the operators still end what they began.
        return (injected, OperationLog.Now, emergency, SeeRightAsync(faults.Max(f => f.Bound) + TimeSpan.FromSeconds(20), cancellationToken));
    }

    /// <summary>Half of what will be rolled back is on green; every node has what is wanted.</summary>
    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        foreach (var app in Emergency.RolledBack) await ShareAsync(app, cancellationToken);
        var (back, missing) = await SeeRightAsync(SettledWithin, cancellationToken);
        if (back is null) throw new PeerException($"before the fault: {missing}");
        watchers.Store.Forget(OperationLog.Now - SettledWithin);
        foreach (var node in watchers.Nodes) node.Forget(OperationLog.Now - SettledWithin);
    }

    /// <summary>Tried until it is: else its rollback would show nothing.</summary>
    private async Task ShareAsync(TestedApp app, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            await stack.Callers.UnlockAsync(app.Name, "prepare");
            var answer = await stack.Callers.ShiftAsync(app.Name, "prepare", 0, new Weights { Blue = 50, Green = 50 });
            if (answer.IsSuccess) return;
            if (Stopwatch.GetElapsedTime(started) > SettledWithin) throw new PeerException($"before the fault: {app.Name} was not shifted: {answer}");
            await Task.Delay(Look, cancellationToken);
        }
    }

    private async Task<(DateTimeOffset? Back, string Missing)> SeeRightAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var wrong = await watchers.FindWrongAsync();
            if (wrong is null) return (OperationLog.Now, "");
            if (Stopwatch.GetElapsedTime(started) > patience) return (null, wrong);
            await Task.Delay(Look, cancellationToken);
        }
    }

    /// <summary>Waits as long as a node may take for it, and no longer once all have.</summary>
    private async Task SeeRolledBackAsync(IReadOnlyList<RollbackTrial> rollbacks, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < RollbackAlwaysWorks.ObservedWithin)
        {
            var looks = await Task.WhenAll(watchers.Nodes.Select(n => n.LookAsync()));
            if (looks.All(look => rollbacks.All(r => look.Shares.TryGetValue(r.App, out var green) && green == 0))) break;
            await Task.Delay(Look, cancellationToken);
        }
        // The watch's own next look is what counts.
        await Task.Delay(TimeSpan.FromMilliseconds(250), cancellationToken);
    }

    /// <summary>The history since the round began. A rollback that went past the store is there as soon as an agent has reported it, one of all in every application's when the sweep has come by.</summary>
    private async Task<IReadOnlyList<HistoryRow>> SeeToldAsync(IReadOnlyList<Operation> done, TimeSpan patience, CancellationToken cancellationToken)
    {
        var (told, started) = (new List<HistoryRow>(), Stopwatch.GetTimestamp());
        while (true)
        {
            told.AddRange(await history.NewAsync());
            var missing = HistoryIsComplete.FindUntold(done, told).Count > 0 || done.Where(o => o is { Kind: Operation.Rollback, Outcome: OperationOutcome.Accepted }).Any(o => told.TrueForAll(t => t.Reason != o.Reason));
            if (!missing || Stopwatch.GetElapsedTime(started) > patience) return told;
            await Task.Delay(Look, cancellationToken);
        }
    }

    private async Task OnBothAsync(IReadOnlyList<IFault> faults, FaultStack? control, Func<IFault, FaultStack, Task> act)
    {
        foreach (var fault in faults) await Task.WhenAll(act(fault, stack), control is not null && fault.TouchesTraffic ? act(fault, control) : Task.CompletedTask);
    }
}
