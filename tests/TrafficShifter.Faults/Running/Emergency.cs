using TrafficShifter.Core.Traffic;
using TrafficShifter.Faults.Clock;
using TrafficShifter.Faults.Invariants;
using TrafficShifter.Faults.Stack;
using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Running;

/// <summary>The person who rolls back in the middle of a fault, and sometimes chooses the wrong colour first.</summary>
internal sealed class Emergency(Callers callers)
{
    private const string Carla = "carla";
    private bool _wereApart;

    /// <summary>Observed to go back: nobody else touches them.</summary>
    public static readonly IReadOnlyList<TestedApp> RolledBack = [TestedApp.Fire, TestedApp.Flame];

    /// <summary>What holds in the end, and the wrong one before it; null: there was none.</summary>
    public async Task<(IReadOnlyList<RollbackTrial> Rollbacks, WrongRollback? Wrong)> SendAsync(IReadOnlyList<IFault> faults, int seed)
    {
        var moves = faults.Any(f => f is ClockFault);
        var plan = EmergencyPlan.Of(seed, moves ? Clocks.Apart : _wereApart ? Clocks.WereApart : Clocks.Together);
        _wereApart |= moves;
        var api = plan.First;
        WrongRollback? wrong = null;
        if (plan.IsWrongFirst)
        {
            // What nobody answers may still happen when the later one has: it goes to an api that answers, and to that one alone.
            var asked = await callers.FindAnsweringAsync(api);
            wrong = await SendWrongAsync(asked);
            api = plan.IsSameApi ? asked : 1 - asked;
        }
        return (plan.IsOfAll ? await RollBackAllAsync(api) : await Task.WhenAll(RolledBack.Select(app => RollBackAsync(app, api))), wrong);
    }

    private async Task<WrongRollback> SendWrongAsync(int api)
    {
        var sent = OperationLog.Now;
        var answer = await callers.RollAllToAsync(Colour.Green, Carla, api);
        return new WrongRollback(sent, answer.Status is not null, answer.ToString());
    }

    private async Task<RollbackTrial[]> RollBackAllAsync(int api)
    {
        var sent = OperationLog.Now;
        var answer = await callers.RollBackAllAsync(Carla, api);
        var accepted = answer.IsSuccess ? OperationLog.Now : (DateTimeOffset?)null;
        return [.. RolledBack.Select(app => new RollbackTrial(app.Name, sent, accepted, answer.ToString()))];
    }

    private async Task<RollbackTrial> RollBackAsync(TestedApp app, int api)
    {
        var sent = OperationLog.Now;
        var answer = await callers.RollBackAsync(app.Name, Carla, api);
        return new RollbackTrial(app.Name, sent, answer.IsSuccess ? OperationLog.Now : null, answer.ToString());
    }
}
