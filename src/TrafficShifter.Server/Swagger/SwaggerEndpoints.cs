using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Server.Dashboard;

namespace TrafficShifter.Server.Swagger;

/// <summary><c>/swagger</c>: the API's calls to read and to try. The files need no token; the document and each call do.</summary>
internal static class SwaggerEndpoints
{
    /// <summary>As for every answer, with the pictures that Swagger UI's style carries in itself. Nobody else is asked.</summary>
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    public static void MapSwagger(this IEndpointRouteBuilder routes)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head];
        routes.MapMethods("/swagger", methods, (HttpContext http, SwaggerFiles files) => SendAsync(http, files.Index)).ExcludeFromDescription();
        routes.MapMethods("/swagger/{file}", methods, SendFileAsync).ExcludeFromDescription();
    }

    private static async Task<Results<EmptyHttpResult, NotFound>> SendFileAsync(string file, HttpContext http, SwaggerFiles files)
    {
        if (files.Find(file) is not { } found) return TypedResults.NotFound();
        await SendAsync(http, found);
        return TypedResults.Empty;
    }

    private static Task SendAsync(HttpContext http, DashboardFile file)
    {
        http.Response.Headers.CacheControl = "no-cache";
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers["Cross-Origin-Opener-Policy"] = "same-origin";
        return DashboardEndpoints.SendAsync(http, file, 200);
    }
}
