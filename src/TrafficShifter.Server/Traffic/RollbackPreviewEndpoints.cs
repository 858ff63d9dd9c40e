using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Overview;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Evacuations;
using TrafficShifter.Server.Security;

namespace TrafficShifter.Server.Traffic;

/// <summary>What a rollback of every application would find now. It is asked for by whoever wants to know, and by nothing that rolls back.</summary>
/// <param name="Applications">How many there are.</param>
/// <param name="Moves">How many of them have traffic away from their stable colour.</param>
/// <param name="Unfit">Those whose stable colour has no usable server on some node, by name.</param>
/// <param name="Warnings">Nodes of which that is not known, and why.</param>
public sealed record FleetRollbackFindings(int Applications, int Moves, IReadOnlyList<AppSentence> Unfit, IReadOnlyList<string> Warnings);

internal static class RollbackPreviewEndpoints
{
    public static void MapRollbackPreview(this IEndpointRouteBuilder api) =>
        api.MapGet("/rollback", LookAsync).WithName("PreviewRollBackAll").Does(Verbs.RollBackAll)
            .WithSummary("What a rollback of every application would find now: how many would move, and whose stable colour has no usable server").Produces<FleetRollbackFindings>();

    private static async Task<JsonHttpResult<FleetRollbackFindings>> LookAsync(Fleet fleet, TrafficFollower follower, HttpContext http)
    {
        TrafficReader.NoteAge(http, follower.Problem is null ? null : follower.Age);
        var (blue, green) = (fleet.ObserveColourAsync(Colour.Blue, http.RequestAborted), fleet.ObserveColourAsync(Colour.Green, http.RequestAborted));
        var found = FleetRollbackPreview.Of(follower.Current, await blue, await green);
        return TypedResults.Json(new FleetRollbackFindings(found.Applications, found.Moves, [.. found.Unfit.Select(u => new AppSentence(u.App.Value, u.Why))], found.Unheard), DocumentJson.Options);
    }
}
