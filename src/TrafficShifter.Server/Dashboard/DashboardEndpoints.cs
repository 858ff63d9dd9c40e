using Microsoft.AspNetCore.Http.HttpResults;

namespace TrafficShifter.Server.Dashboard;

/// <summary>The dashboard's files. Nobody needs a token for them: they tell nothing, and what they show they ask the API for.</summary>
internal static class DashboardEndpoints
{
    /// <summary>As for every answer, and no text that becomes markup.</summary>
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; manifest-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    /// <summary>The paths that are pages. Any other is a page that says so, with status 404.</summary>
    private static readonly string[] Pages =
    [
        "/", "/apps/{app}", "/apps/{app}/config", "/rollouts/{id}", "/nodes", "/nodes/{node}", "/migrations", "/migrations/{name}", "/colours", "/freezes", "/history", "/tokens", "/sign-in",
    ];

    /// <summary>Below these are no pages.</summary>
    private static readonly string[] Machines = ["/api", "/agent", "/openapi", "/metrics", "/assets"];

    public static void MapDashboard(this IEndpointRouteBuilder routes)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        foreach (var page in Pages) routes.MapMethods(page, methods, (HttpContext http, DashboardFiles files) => SendPageAsync(http, files, 200)).ExcludeFromDescription();
        routes.MapMethods("/assets/{file}", methods, SendAssetAsync).ExcludeFromDescription();
    }

    private static async Task<Results<EmptyHttpResult, NotFound>> SendAssetAsync(string file, HttpContext http, DashboardFiles files)
    {
        if (files.Find($"assets/{file}") is not { } found) return TypedResults.NotFound();
        // The name has the hash of what is in it.
        http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        await SendAsync(http, found, 200);
        return TypedResults.Empty;
    }

    /// <summary>A person who follows a dead link gets a page with status 404; null for a program, which gets the problem that every unknown path gets.</summary>
    /// <remarks>Not a route of its own: one for every path would take the answer 405 from the calls.</remarks>
    public static Task? FindLostPage(HttpContext http)
    {
        var isPage = (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method))
            && http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase)
            && !Machines.Any(p => http.Request.Path.StartsWithSegments(p, StringComparison.Ordinal));
        return isPage && http.RequestServices.GetService<DashboardFiles>() is { } files ? SendPageAsync(http, files, 404) : null;
    }

    private static Task SendPageAsync(HttpContext http, DashboardFiles files, int status)
    {
        http.Response.Headers.CacheControl = "no-cache";
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return SendAsync(http, files.Index, status);
    }

    internal static async Task SendAsync(HttpContext http, DashboardFile file, int status)
    {
        var (request, response) = (http.Request, http.Response);
        response.Headers.ETag = file.Version;
        response.Headers.Vary = "Accept-Encoding";
        if (status == 200 && request.Headers.IfNoneMatch.ToString() == file.Version)
        {
            response.StatusCode = 304;
            return;
        }
        var small = request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase) ? file.Gzip : null;
        if (small is not null) response.Headers.ContentEncoding = "gzip";
        var body = small ?? file.Plain;
        (response.StatusCode, response.ContentType, response.ContentLength) = (status, file.ContentType, body.Length);
        if (!HttpMethods.IsHead(request.Method)) await response.Body.WriteAsync(body, http.RequestAborted);
    }
}
