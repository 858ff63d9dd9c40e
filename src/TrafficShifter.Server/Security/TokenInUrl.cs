using TrafficShifter.Server.Problems;

namespace TrafficShifter.Server.Security;

/// <summary>Refuses requests with a token in their URL: it would be in the logs of every proxy, in the history of the browser and in what it tells other sites.</summary>
internal static class TokenInUrl
{
    private static readonly HashSet<string> Names = new(["token", "access_token", "api_key", "apikey", "auth", "authorization", "bearer", "secret", "password"], StringComparer.OrdinalIgnoreCase);

    public static Task CheckAsync(HttpContext http, RequestDelegate next)
    {
        var request = http.Request;
        if (!request.Query.Keys.Any(Names.Contains) && !TokenSecret.IsIn(request.QueryString.Value ?? "") && !TokenSecret.IsIn(request.Path.Value ?? "")) return next(http);
        http.RequestServices.GetRequiredService<Refusals>().Note(http, "token-in-url");
        return ApiProblem.Of(400, "token-in-url", "Not in a URL", "A token belongs into the header 'Authorization: Bearer <token>', never into a URL, where logs and browsers keep it. If it was a real one, revoke it: DELETE /api/v1/tokens/{id}.").ExecuteAsync(http);
    }
}
