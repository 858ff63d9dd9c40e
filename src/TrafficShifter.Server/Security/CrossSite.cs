using TrafficShifter.Server.Problems;

namespace TrafficShifter.Server.Security;

/// <summary>Refuses what another site made a browser ask: wherever the browser itself says who one is, a change must come from our own pages.</summary>
internal static class CrossSite
{
    /// <summary>Pages of other origins cannot send it without being asked first, and we never permit it.</summary>
    public const string Header = "X-Shifter-Request";

    public static Task CheckAsync(HttpContext http, RequestDelegate next)
    {
        if (http.User is not Caller { IsAmbient: true } || HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)) return next(http);
        if (FindProblem(http) is not { } problem) return next(http);
        http.RequestServices.GetRequiredService<Refusals>().Note(http, "cross-site", http.User.Identity?.Name);
        return ApiProblem.Of(403, "cross-site", "Not from another site", $"{problem}. Nothing was changed.").ExecuteAsync(http);
    }

    /// <summary>Why a request is not from our own pages, as a sentence; null when it is.</summary>
    public static string? FindProblem(HttpContext http)
    {
        var headers = http.Request.Headers;
        if (headers["Sec-Fetch-Site"].ToString() is { Length: > 0 } site && site is not ("same-origin" or "none")) return $"the browser says that the request comes from another site (Sec-Fetch-Site: {site})";
        if (headers.Origin.ToString() is { Length: > 0 } origin && !IsOwn(http, origin)) return "the request comes from a page of another origin";
        return headers[Header] == "1" ? null : $"a change by a session or through the proxy needs the header {Header}: 1, which our own pages send";
    }

    /// <remarks>By host and port; behind a proxy that ends TLS the scheme that we see is not the page's.</remarks>
    private static bool IsOwn(HttpContext http, string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var uri) && (uri.IsDefaultPort ? uri.Host : uri.Authority).Equals(WithoutDefaultPort(http, uri), StringComparison.OrdinalIgnoreCase);

    private static string WithoutDefaultPort(HttpContext http, Uri origin)
    {
        var host = http.Request.Host;
        return host.Port is { } port && !(origin.IsDefaultPort && port == origin.Port) ? host.Value! : host.Host;
    }
}
