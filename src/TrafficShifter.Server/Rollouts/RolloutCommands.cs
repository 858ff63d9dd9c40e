using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>What people tell a running rollout. Any replica takes it and writes it at once; no leader is needed.</summary>
internal static class RolloutCommands
{
    private const int Attempts = 5;

    public static void MapRolloutCommands(this IEndpointRouteBuilder api)
    {
        Map("pause", "Stop progress; the weights stay");
        Map("resume", "Go on; the step's weights are applied again");
        Map("abort", "All traffic back to the stable colour");

        Map("promote", "All traffic to the new colour now, without the steps that are left; needs a reason");
        Map("approve", "Let the gate pass that is waiting");
        Map("reject", "Roll back at the gate that is waiting");

        void Map(string verb, string summary) => api
            .MapPost($"/rollouts/{{id}}/{verb}", (string id, RolloutReader rollouts, TrafficReader reader, StandstillReader standstills, TrafficWriter writer, Requests requests, Offers offers, HttpContext http) =>
                CommandAsync(id, verb, rollouts, reader, standstills, writer, requests, offers, http))
            .WithName($"{char.ToUpperInvariant(verb[0])}{verb[1..]}Rollout").Does(Verbs.Find(verb)!).WithSummary(summary).TakesOptional<ReasonRequest>().Produces<RolloutAnswer>();
    }

    private static async Task<Results<JsonHttpResult<RolloutAnswer>, ProblemHttpResult>> CommandAsync(
        string id, string verb, RolloutReader rollouts, TrafficReader reader, StandstillReader standstills,
        TrafficWriter writer, Requests requests, Offers offers, HttpContext http)
    {
        if ((await RequestBody<ReasonRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        if (requests.FindReasonProblem(request.Reason) is { } reasonProblem) return reasonProblem;
        if (verb == "promote" && string.IsNullOrWhiteSpace(request.Reason)) return ApiProblem.Impossible("/reason", "promote goes past the checks that are left: say why");
        for (var attempt = 1; ; attempt++)
        {
            var found = await rollouts.FindAsync(id, http.RequestAborted);
            if (found.Problem is { } problem) return problem;
            var rollout = found.Rollout!;
            if (rollout.Phase.IsEnd()) return ApiProblem.Conflict($"the rollout has ended ({rollout.Phase}): {rollout.Outcome}", RolloutAnswer.Of(rollout, found.Index));
            var reading = await reader.ReadAsync(rollout.App, http.RequestAborted);
            if ((ApiProblem.FindNewer(rollout, "rollout") ?? ApiProblem.FindNewer(reading.App.State.Value, "state") ?? ApiProblem.FindNewer(reading.App.Weights.Value, "weights")) is { } newer) return newer;
            var note = requests.Note(http, request.Reason);
            var standstill = verb is "promote" or "resume" ? await standstills.ReadAsync(http.RequestAborted) : Standstill.None;
            var tick = RolloutTick.ForCommand(reading.App, reading.Lock, found.Index, CommandRules.Make(verb, note, Caller.Of(http)), note.At) with { Standstill = standstill.Find(rollout.App, note.At) };
            var (decision, next) = RolloutEngine.Decide(rollout, tick);
            // Nothing but the command is decided here: what only nodes and metrics can say is the controller's turn.
            if (CommandRules.FindRefusal(rollout, decision, verb, note.By, reading.Lock is not null) is { } refusal)
                return refusal.IsForbidden ? ApiProblem.Of(403, "forbidden", "Not permitted", refusal.Why) : ApiProblem.Conflict(refusal.Why, RolloutAnswer.Of(rollout, found.Index));
            var changes = standstill.Guard(RolloutChanges.Transition(next, decision, tick, reading.App.State.LatestIndex, note.Id), decision).UnlessRolledBackSince(reading.Fleet);
            if (await writer.CommitAsync(changes, http.RequestAborted) is CommitResult.Committed committed)
                return TypedResults.Json(RolloutAnswer.Of(next, committed.Index, await offers.OfRolloutAsync(http, next, committed.Index)), DocumentJson.Options);
            if (attempt == Attempts) return ApiProblem.Conflict($"the rollout kept changing while it was told to {verb}; {Attempts} attempts lost the race, try again");
        }
    }
}
