using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Targets;

/// <summary>Target rules and opt-outs of an application on `map` routing.</summary>
internal static class TargetEndpoints
{
    /// <summary>Longest body of all rules, 4 MiB: 10,000 users with long ids, and written so that people can read it.</summary>
    public const int MaxBytes = 4 * 1024 * 1024;

    public static void MapTargets(this IEndpointRouteBuilder api)
    {
        api.MapGet("/apps/{app}/targets", GetAsync).WithName("GetTargets").Does(Verbs.View).WithSummary("The target rules; the ETag is their version").Produces<TargetsAnswer>();
        api.MapPut("/apps/{app}/targets", PutAsync).WithName("PutTargets").Does(Verbs.Targets).WithSummary("Replace all target rules; ?wait=5s answers when every node is observed")
            .WithMetadata(new RequestSizeLimitAttribute(2 * MaxBytes)).Takes<TargetsRequest>().Produces<TargetsWritten>().Produces<TargetsWritten>(202);
        api.MapDelete("/apps/{app}/targets", DeleteAsync).WithName("DeleteTargets").Does(Verbs.Targets).WithSummary("Take all target rules away").TakesOptional<ReasonRequest>().Produces<TargetsWritten>().Produces<TargetsWritten>(202);
        api.MapPut("/apps/{app}/targets/users/{user}", PutUserAsync).WithName("PutTargetUser").Does(Verbs.Targets).WithSummary("Send one user to a colour").Takes<UserTargetRequest>().Produces<TargetsWritten>().Produces<TargetsWritten>(202);
        api.MapDelete("/apps/{app}/targets/users/{user}", DeleteUserAsync).WithName("DeleteTargetUser").Does(Verbs.Targets).WithSummary("Leave one user to the share").TakesOptional<ReasonRequest>().Produces<TargetsWritten>().Produces<TargetsWritten>(202);
        api.MapPut("/apps/{app}/targets/opt-outs/{user}", OptOutAsync).WithName("OptOut").Does(Verbs.Targets).WithSummary("Keep one user on the stable colour").TakesOptional<ReasonRequest>().Produces<TargetsWritten>().Produces<TargetsWritten>(202);
        api.MapDelete("/apps/{app}/targets/opt-outs/{user}", OptInAsync).WithName("OptIn").Does(Verbs.Targets).WithSummary("Take an opt-out away").TakesOptional<ReasonRequest>().Produces<TargetsWritten>().Produces<TargetsWritten>(202);
    }

    private static async Task<Results<JsonHttpResult<TargetsAnswer>, ProblemHttpResult>> GetAsync(AppName app, TrafficReader reader, HttpContext http)
    {
        var reading = await reader.ReadOrRecallAsync(app, http.RequestAborted, withTargets: true);
        if (!reading.App.Exists) return AppEndpoints.NoSuchApp(app);
        TrafficReader.NoteAge(http, reading.Age);
        var rules = reading.App.Targets.Value ?? TargetRules.None;
        return TargetEditor.Answer(http, new TargetsAnswer
        {
            Users = rules.Users,
            OptOut = rules.OptOut,
            Groups = rules.Groups,
            Networks = rules.Networks,
            By = rules.By,
            Reason = rules.Reason,
            At = rules.At,
            ModifyIndex = reading.App.Targets.LatestIndex,
            Warnings = TargetEditor.Warn(reading),
        }, reading.App.Targets.LatestIndex, 200);
    }

    private static async Task<Results<JsonHttpResult<TargetsWritten>, ProblemHttpResult>> PutAsync(AppName app, string? wait, TargetEditor editor, HttpContext http)
    {
        if ((await RequestBody<TargetsRequest>.ReadAsync(http, maxBytes: MaxBytes)).IsBad(out var bad, out var request)) return bad;
        return await editor.EditAsync(http, app, request.Reason, wait, request.ToRules);
    }

    private static async Task<Results<JsonHttpResult<TargetsWritten>, ProblemHttpResult>> DeleteAsync(AppName app, string? wait, TargetEditor editor, HttpContext http)
    {
        if ((await RequestBody<ReasonRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        return await editor.EditAsync(http, app, request.Reason, wait, new TargetsRequest().ToRules);
    }

    private static async Task<Results<JsonHttpResult<TargetsWritten>, ProblemHttpResult>> PutUserAsync(AppName app, string? wait, TargetEditor editor, HttpContext http)
    {
        if (IsBadUser(http, out var badUser, out var user)) return badUser;
        if ((await RequestBody<UserTargetRequest>.ReadAsync(http)).IsBad(out var bad, out var request)) return bad;
        return await editor.EditAsync(http, app, request.Reason, wait, rules => rules with { Users = new Dictionary<UserId, Colour>(rules.Users) { [user] = request.To } });
    }

    private static async Task<Results<JsonHttpResult<TargetsWritten>, ProblemHttpResult>> DeleteUserAsync(AppName app, string? wait, TargetEditor editor, HttpContext http)
    {
        if (IsBadUser(http, out var badUser, out var user)) return badUser;
        if ((await RequestBody<ReasonRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        return await editor.EditAsync(http, app, request.Reason, wait,
            rules => rules.Users.ContainsKey(user) ? rules with { Users = rules.Users.Where(u => u.Key != user).ToDictionary() } : null, $"\"{app}\" has no rule for user \"{user}\"");
    }

    private static async Task<Results<JsonHttpResult<TargetsWritten>, ProblemHttpResult>> OptOutAsync(AppName app, string? wait, TargetEditor editor, HttpContext http)
    {
        if (IsBadUser(http, out var badUser, out var user)) return badUser;
        if ((await RequestBody<ReasonRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        return await editor.EditAsync(http, app, request.Reason, wait, rules => rules.OptOut.Contains(user) ? rules : rules with { OptOut = [.. rules.OptOut, user] });
    }

    private static async Task<Results<JsonHttpResult<TargetsWritten>, ProblemHttpResult>> OptInAsync(AppName app, string? wait, TargetEditor editor, HttpContext http)
    {
        if (IsBadUser(http, out var badUser, out var user)) return badUser;
        if ((await RequestBody<ReasonRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        return await editor.EditAsync(http, app, request.Reason, wait,
            rules => rules.OptOut.Contains(user) ? rules with { OptOut = [.. rules.OptOut.Where(u => u != user)] } : null, $"\"{user}\" has not opted out of \"{app}\"");
    }

    /// <summary>The user that the path ends in, decoded once: an id may hold '/' and '%', and the framework leaves <c>%2F</c> as it is but decodes <c>%25</c>.</summary>
    private static bool IsBadUser(HttpContext http, [NotNullWhen(true)] out ProblemHttpResult? problem, [NotNullWhen(false)] out UserId? user)
    {
        var path = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0];
        var text = Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
        problem = UserId.TryParse(text, null, out user) ? null : ApiProblem.BadName("user", UserId.FindProblem(text)!);
        return problem is not null;
    }
}
