using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;

namespace TrafficShifter.Server.Security;

/// <summary>What a sign-in may say; a token in the Authorization header does as well.</summary>
public sealed record SignInRequest : DocumentPart
{
    /// <summary>An API token.</summary>
    public string? Token { get; init; }
}

/// <summary>Who one is, and what one may.</summary>
/// <param name="By">token, session or proxy: how one is known.</param>
/// <param name="Grants">In words: <c>operator of shop-*</c>.</param>
/// <param name="Can">Verbs that belong to no application.</param>
/// <param name="Ends">When the session ends if nobody uses it any more, or the token expires; null: it does not.</param>
/// <param name="Installation">What this installation is called; null: it has no name.</param>
public sealed record SessionAnswer(string Name, Proof By, string? Token, IReadOnlyList<Grant> Roles, IReadOnlyList<string> Grants, IReadOnlyList<string> Can, DateTimeOffset? Ends, string? Installation);

/// <summary>Signing in to the dashboard and out of it; who one is.</summary>
internal static class SessionEndpoints
{
    /// <summary>In bytes; a token is 53 characters, and whoever sends more has not signed in yet.</summary>
    private const int LargestSignIn = 4096;

    public static void MapSession(this IEndpointRouteBuilder api)
    {
        api.MapGet("/session", Get).WithName("GetSession").WithSummary("Who one is, and what one may").Does(Verbs.Look).Produces<SessionAnswer>();
        api.MapPost("/session", OpenAsync).WithName("SignIn").WithSummary("Exchange a token for the cookie of a session").AllowAnonymous().Does(Verbs.Look).TakesOptional<SignInRequest>().Produces<SessionAnswer>();
        api.MapDelete("/session", CloseAsync).WithName("SignOut").WithSummary("End the session, on every replica").AllowAnonymous().Does(Verbs.Look).Produces(204);
    }

    private static async Task<JsonHttpResult<SessionAnswer>> Get(Sessions sessions, Tokens tokens, ServerOptions options, HttpContext http)
    {
        var caller = (Caller)http.User;
        var ends = caller.Proof == Proof.Session && SessionCookie.Find(http) is { } cookie && (await sessions.FindAsync(cookie, mayAsk: false, http.RequestAborted)).Open is { } session
            ? session.Ends
            : caller.Who.Token is { } id ? tokens.Known.FindById(id)?.ExpiresAt : null;
        return Answer(caller.Who, caller.Proof, ends, options);
    }

    private static async Task<Results<JsonHttpResult<SessionAnswer>, ProblemHttpResult>> OpenAsync(
        Sessions sessions, Tokens tokens, TokenUses uses, LoginLimits limits, Refusals refusals, SessionLimits session, SignInTransport transport, ServerOptions options, TimeProvider time, HttpContext http)
    {
        if (transport.FindProblem(http) is { } readable)
        {
            refusals.Note(http, "plain-http");
            return ApiProblem.Of(403, "plain-http", "Not over plain HTTP", $"{readable}.");
        }
        // Nobody is signed in yet whom a browser could name, so another site could sign a person in as somebody else.
        if (CrossSite.FindProblem(http) is { } foreign && CallerHandler.FindBearer(http) is null)
        {
            refusals.Note(http, "cross-site");
            return ApiProblem.Of(403, "cross-site", "Not from another site", $"{foreign}. Nothing was changed.");
        }
        if ((await RequestBody<SignInRequest>.ReadAsync(http, optional: true, maxBytes: LargestSignIn)).IsBad(out var bad, out var request)) return bad;
        var bearer = CallerHandler.FindBearer(http);
        if ((bearer ?? request.Token?.Trim()) is not { Length: > 0 } secret) return ApiProblem.Malformed("/token", "a token is needed, here or in the Authorization header");
        var wait = limits.FindWait(http.Connection.RemoteIpAddress);
        if (await tokens.FindAsync(secret, mayAsk: wait is null, http.RequestAborted) is not { } token || token.IsExpired(time.GetUtcNow()))
        {
            // A header was looked at, and counted, before.
            if (bearer is null) limits.Note(http.Connection.RemoteIpAddress);
            if (bearer is null) refusals.Note(http, "wrong-token");
            return wait is null
                ? ApiProblem.Of(401, "unauthenticated", "A valid token is needed", "The token is not, or no longer, valid.")
                : ApiProblem.Of(429, "too-many-attempts", "Too many wrong tokens", "Too many wrong tokens came from this address, or in all. A right one is taken at any time.");
        }
        uses.Note(token.Id);
        if (await sessions.TryOpenAsync(token, http.RequestAborted) is not { } cookie) return ApiProblem.Of(503, "too-many-sessions", "Too many sessions", "This server has too many sessions open; a token in the Authorization header is taken all the same.");
        SessionCookie.Set(http, cookie);
        http.Response.Headers.CacheControl = "no-store";
        return Answer(token.ToIdentity(), Proof.Session, time.GetUtcNow() + session.Idle, options);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> CloseAsync(Sessions sessions, Refusals refusals, HttpContext http)
    {
        if (CrossSite.FindProblem(http) is { } foreign)
        {
            refusals.Note(http, "cross-site", http.User.Identity?.Name);
            return ApiProblem.Of(403, "cross-site", "Not from another site", $"{foreign}. Nothing was changed.");
        }
        if (SessionCookie.Find(http) is { } cookie)
        {
            SessionCookie.Clear(http);
            await sessions.CloseAsync(cookie, http.RequestAborted);
        }
        return TypedResults.NoContent();
    }

    private static JsonHttpResult<SessionAnswer> Answer(Identity who, Proof by, DateTimeOffset? ends, ServerOptions options) => TypedResults.Json(
        new SessionAnswer(who.Name, by, who.Token, who.Grants, [.. who.Grants.Select(g => g.Describe())], who.CanWithoutApp(), ends, options.Installation), DocumentJson.Options);
}
