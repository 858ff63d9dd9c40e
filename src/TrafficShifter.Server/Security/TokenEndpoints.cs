using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Security;

/// <summary>Making, listing and revoking API tokens.</summary>
internal static class TokenEndpoints
{
    private const int MostTokens = 1000;
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3653);

    public static void MapTokens(this IEndpointRouteBuilder api)
    {
        api.MapGet("/tokens", ListAsync).WithName("ListTokens").WithSummary("All tokens, without their secrets").Does(Verbs.Tokens).Produces<IReadOnlyList<TokenAnswer>>();
        api.MapPost("/tokens", CreateAsync).WithName("CreateToken").WithSummary("Make a token; its secret is in this answer and never again").Does(Verbs.Tokens).Takes<TokenRequest>().Produces<TokenAnswer>(201);
        api.MapDelete("/tokens/{token}", RevokeAsync).WithName("RevokeToken").WithSummary("Revoke a token by its id; its sessions end with it").Does(Verbs.Tokens).TakesOptional<ReasonRequest>().Produces(204);
    }

    private static async Task<JsonHttpResult<IReadOnlyList<TokenAnswer>>> ListAsync(ITrafficStore store, TokenUses uses, TimeProvider time, CancellationToken cancellationToken)
    {
        var tokens = await ReadAsync(store, cancellationToken);
        var used = await uses.ReadAsync(cancellationToken);
        return TypedResults.Json<IReadOnlyList<TokenAnswer>>(
            [.. tokens.OrderBy(t => t.Token.CreatedAt).Select(t => TokenAnswer.Of(t.Token, time.GetUtcNow(), used.TryGetValue(t.Token.Id, out var at) ? at : null))], DocumentJson.Options);
    }

    private static async Task<Results<JsonHttpResult<TokenAnswer>, ProblemHttpResult>> CreateAsync(
        ITrafficStore store, TrafficWriter writer, Tokens tokens, Requests requests, TimeProvider time, HttpContext http)
    {
        if ((await RequestBody<TokenRequest>.ReadAsync(http)).IsBad(out var bad, out var request)) return bad;
        if (requests.FindReasonProblem(request.Reason) is { } reasonProblem) return reasonProblem;
        if (FindProblem(request) is { } problem) return problem;
        var (note, secret) = (requests.Note(http, request.Reason), TokenSecret.New());
        var token = new ApiToken
        {
            Id = note.Id.ToLowerInvariant(), Sha256 = TokenSecret.Hash(secret), Name = request.Name, Role = request.Role, Apps = request.Apps, Owners = request.Owners, Verbs = request.Verbs,
            CreatedAt = note.At, CreatedBy = note.By, ExpiresAt = note.At + request.ExpiresIn,
        };
        if (token.FindProblem() is { } impossible) return ApiProblem.ImpossibleDocument(impossible);
        await tokens.RestoreAsync(http.RequestAborted);
        var serial = (await store.FindAsync(Keys.TokenSerial, http.RequestAborted))?.ModifyIndex ?? 0;
        var existing = await ReadAsync(store, http.RequestAborted);
        if (existing.Any(t => (t.Token.Name ?? t.Token.Id) == token.Name)) return ApiProblem.Conflict($"there is a token \"{token.Name}\" already; the history could not tell them apart");
        if (existing.Count >= MostTokens) return ApiProblem.Conflict($"there are {existing.Count} tokens; revoke some that nobody uses first");
        if (await writer.CommitAsync(TokenChanges.Create(token, serial, note), http.RequestAborted) is not CommitResult.Committed) return ApiProblem.Conflict("somebody else made a token at the same moment; nothing was made, try again");
        await tokens.TryReadAsync(http.RequestAborted);
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(TokenAnswer.Of(token, time.GetUtcNow(), null, secret), DocumentJson.Options, statusCode: 201);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeAsync(
        string token, ITrafficStore store, TrafficWriter writer, Tokens tokens, Requests requests, TimeProvider time, HttpContext http)
    {
        if ((await RequestBody<ReasonRequest>.ReadAsync(http, optional: true)).IsBad(out var bad, out var request)) return bad;
        if (requests.FindReasonProblem(request.Reason) is { } reasonProblem) return reasonProblem;
        var all = await ReadAsync(store, http.RequestAborted);
        if (all.Where(t => t.Token.Id == token).Select(t => ((ApiToken Token, ulong Index)?)t).FirstOrDefault() is not { } found)
            return ApiProblem.NotFound("token", "there is no such token; GET /api/v1/tokens lists them with their ids");
        (ApiToken Token, ulong Index)? keeper = null;
        if (found.Token.ToIdentity().IsAdminOfAll && (keeper = TokenChanges.FindKeeper(all, found.Token, time.GetUtcNow())) is null)
            return ApiProblem.Conflict($"it is the last token that may make others: POST /api/v1/tokens with the role admin first, then revoke this one with the new one. Nobody could make a token any more (the one in {Path.GetFileName(tokens.AdminTokenFile)} is made once, at the first start)");
        var changes = TokenChanges.Revoke(found.Token, found.Index, keeper is { } kept ? (kept.Token.Id, kept.Index) : null, requests.Note(http, request.Reason));
        if (await writer.CommitAsync(changes, http.RequestAborted) is not CommitResult.Committed) return ApiProblem.Conflict("the tokens were changed by somebody else at the same moment; it is still valid, try again");
        if (!await tokens.TryReadAsync(http.RequestAborted)) tokens.Forget(token);
        return TypedResults.NoContent();
    }

    private static ProblemHttpResult? FindProblem(TokenRequest request)
    {
        if (request.Name.Contains('@', StringComparison.Ordinal)) return ApiProblem.Impossible("/name", "names with '@' are those of people, whom a proxy names");
        if (request.Verbs?.FirstOrDefault(v => Verbs.Find(v) is null) is { } unknown) return ApiProblem.Impossible("/verbs", $"\"{unknown}\" is none of {string.Join(", ", Verbs.All.Select(v => v.Name))}");
        if (request.Verbs?.Select(v => Verbs.Find(v)!).FirstOrDefault(v => v.Least > request.Role) is { } above) return ApiProblem.Impossible("/verbs", $"{above.Name} needs the role {above.Least.ToString().ToLowerInvariant()}");
        return request.ExpiresIn is { } time && (time < Shortest || time > Longest) ? ApiProblem.Impossible("/expiresIn", $"{Duration.Format(Shortest)} to {Duration.Format(Longest)}") : null;
    }

    private static async Task<IReadOnlyList<(ApiToken Token, ulong Index)>> ReadAsync(ITrafficStore store, CancellationToken cancellationToken) =>
        TokenListing.Of((await store.ListAsync(Keys.Tokens, cancellationToken)).Entries).Tokens;
}
