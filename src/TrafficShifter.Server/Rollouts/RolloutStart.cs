using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Evacuations;
using TrafficShifter.Server.Judging;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>What became of a start: a rollout, a dry run, or the problem.</summary>
public sealed record Started(Rollout? Rollout, ulong Index, RolloutDryRun? DryRun, ProblemHttpResult? Problem)
{
    public static Started Refuse(ProblemHttpResult problem) => new(null, 0, null, problem);
}

/// <summary>What a rollout is begun for that is more than itself.</summary>
/// <param name="Person">Whose it is.</param>
/// <param name="Join">Adds to the transaction what belongs together with the start.</param>
public sealed record StartFor(string? Person, Func<Rollout, ChangeSet, ChangeSet> Join);

/// <summary>Begins rollouts: asks what stands in the way, tries the plan, writes.</summary>
public sealed class RolloutStart(TrafficReader reader, RolloutReader rollouts, TakingOut taking, StandstillReader standstills, TrafficWriter writer, RolloutPreflight preflight, BaselineReader baselines)
{
    public Task<AppReading> ReadAsync(AppName app, CancellationToken cancellationToken) => reader.ReadAsync(app, cancellationToken);

    /// <param name="retryOf">The rollout that this one tries again; null when it is none's second try.</param>
    /// <param name="supersede">A rollout that runs ends for this one.</param>
    /// <param name="force">An application that is evacuated is taken out of the evacuation.</param>
    public async Task<Started> StartAsync(AppReading reading, Plan plan, ChangeNote note, RolloutId? retryOf, bool supersede, bool dryRun, CancellationToken cancellationToken, StartFor? startFor = null, bool force = false)
    {
        (reading, var taken) = force ? await taking.TakeAsync(reading, cancellationToken) : (reading, []);
        var (app, state) = (reading.App, reading.App.State.Value!);
        var standstill = await standstills.ReadAsync(cancellationToken);
        var held = standstill.Find(app.Name, note.At);
        if (FindObstacle(reading, supersede) is { } obstacle) return Started.Refuse(obstacle);
        if (held is not null && !dryRun) return Started.Refuse(ApiProblem.Of(409, "frozen", "Nothing goes forward now", held));
        if (plan.Steps[0].Auto) plan = plan.FittedTo(await baselines.FindRateAsync(app.Name, cancellationToken));
        var rollout = RolloutEngine.Create(RolloutId.Of(app.Name, note.Id), plan, state, app.Weights.LatestIndex, note.By, note.Reason, note.At) with { RetryOf = retryOf, OnBehalfOf = startFor?.Person };
        var (unchanged, leaving) = taken.Length > 0 ? ([], null) : await taking.FindLeavingAsync(state, app.Name, rollout.To, cancellationToken);
        if (leaving is not null) return Started.Refuse(leaving);
        var (shown, refused) = await preflight.TryAsync(app, rollout, cancellationToken);
        if (refused is not null) return Started.Refuse(refused);
        if (dryRun) return new Started(null, 0, held is null ? shown : shown! with { Warnings = [held, .. shown.Warnings] }, null);

        var changes = RolloutChanges.Create(rollout, state, app.State.LatestIndex, note.Id, note.Origin);
        if (state.Rollout is { } running)
        {
            var found = await rollouts.FindAsync(running, cancellationToken);
            if (found is not { Rollout: { IsReadOnly: false } old, Problem: null } || old.Phase.IsEnd()) return Started.Refuse(Raced(app.Name));
            (rollout, changes) = Succession.Supersede(app, state, old, found.Index, rollout, note);
        }
        if (startFor is not null) changes = startFor.Join(rollout, changes);
        return await writer.CommitAsync(changes.With([.. taken, .. unchanged]).UnlessRolledBackSince(reading.Fleet), cancellationToken) is CommitResult.Committed committed
            ? new Started(rollout, committed.Index, null, null)
            : Started.Refuse(Raced(app.Name));
    }

    public static async Task<JsonHttpResult<RolloutAnswer>> CreatedAsync(HttpContext http, Offers offers, Started started)
    {
        http.Response.Headers.Location = $"/api/v1/rollouts/{started.Rollout!.Id}";
        return TypedResults.Json(RolloutAnswer.Of(started.Rollout, started.Index, await offers.OfRolloutAsync(http, started.Rollout, started.Index)), DocumentJson.Options, statusCode: 201);
    }

    private static ProblemHttpResult Raced(AppName app) => ApiProblem.Conflict($"\"{app}\" was changed by somebody else at the same moment; nothing was started, try again");

    private static ProblemHttpResult? FindObstacle(AppReading reading, bool supersede)
    {
        var (app, state) = (reading.App.Name, reading.App.State.Value!);
        if (state.Evacuated is { } gone) return ApiProblem.Held(gone.Describe(), gone);
        if (reading.Lock is { } held) return ApiProblem.Locked($"all traffic of \"{app}\" is locked to {held.To.Word()} by {held.By} ({held.Reason}); POST /api/v1/apps/{app}/unlock first", held);
        if ((ApiProblem.FindNewer(state, "state") ?? ApiProblem.FindNewer(reading.App.Weights.Value, "weights")) is { } newer) return newer;
        if (reading.App.Weights.Problem is { } broken) return ApiProblem.Impossible("", $"{broken}; put it right with PUT /api/v1/apps/{app}/weights first");
        if (state.Rollout is { } running)
            return supersede ? null : ApiProblem.Conflict($"rollout {running} is running; abort it first, or wait for it, or say \"supersede\": true", running);
        return reading.App.Weights.Value is { } weights && weights.ShareOf(state.Stable) != Share.All
            ? ApiProblem.Conflict($"a rollout begins with all traffic on the stable colour ({state.Stable.Word()}); the weights are {weights.Describe()}. PUT /api/v1/apps/{app}/weights first", weights)
            : null;
    }
}
