using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Rollouts;
using Readiness = TrafficShifter.Core.Migrations.Readiness;
using Verdict = TrafficShifter.Core.Migrations.Verdict;

namespace TrafficShifter.Server.Migrations;

/// <summary>What came of beginning an application's rollout.</summary>
/// <param name="Move">As it stands at <paramref name="Index"/>; null when nothing was begun.</param>
/// <param name="NotReady">Why nothing was begun, as a look at its readiness would say it; null when something was.</param>
public sealed record Begun(Move? Move, ulong Index, Readiness? NotReady);

/// <summary>Begins the rollouts of migrations, as the api begins those of people; a bounded number at once.</summary>
public sealed class MoveStarter(RolloutStart start, PlanCatalog plans, Identifiers identifiers, TimeProvider time) : IDisposable
{
    /// <summary>What a start that was refused is among an application's findings.</summary>
    public const string Check = "start";

    private const int AtOnce = 8;
    private readonly SemaphoreSlim _gate = new(AtOnce);

    /// <exception cref="StoreException">The store cannot be asked, or nobody knows whether it was written.</exception>
    public async Task<Begun> BeginAsync(Migration migration, ulong index, MigrationAct.Begin begin, ulong moveIndex, LeaderFence fence, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var move = begin.Next;
            // Others were begun first: what was found of this one is looked at anew in the next turn.
            if (time.GetUtcNow() - move.At > MigrationEngine.LookEvery) return new Begun(null, 0, null);
            var reading = await start.ReadAsync(move.App, cancellationToken);
            if (!reading.App.Exists) return Refuse(move, "it is not there any more");
            if (Obstacles.FindChange(migration, move, reading.App.State.Value!) is { } changed) return Refuse(move, changed);
            var definition = reading.App.Definition.Value!;
            var (plan, noPlan) = await plans.ChooseAsync(migration.Definition.PlanOf(move.Wave, definition), definition, cancellationToken);
            if (noPlan is not null) return Refuse(move, noPlan.ProblemDetails.Detail);
            var note = new ChangeNote(identifiers.Next(), migration.Signature, migration.Definition.Reason, time.GetUtcNow());
            Move? begun = null;
            var started = await start.StartAsync(reading, plan!, note, move.Rollout, supersede: false, dryRun: false, cancellationToken, new StartFor(migration.StartedBy, (rollout, changes) =>
            {
                begun = move with { Rollout = rollout.Id };
                return (changes with { Fence = fence }).With(MigrationChanges.Beside(migration, index, begun, moveIndex));
            }));
            return started.Rollout is null ? Refuse(move, started.Problem?.ProblemDetails.Detail) : new Begun(begun, started.Index, null);
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private Begun Refuse(Move move, string? why) =>
        new(null, 0, Readiness.Of(move.App, move.To, [new Finding(Check, Verdict.NotReady, $"its rollout could not begin: {why}")], time.GetUtcNow()));
}
