using Microsoft.AspNetCore.Http.Features;

namespace TrafficShifter.Server.Problems;

/// <summary>A body that is too large is not read to its end, and its connection ends with the answer: the answer says so, and the client sends its next request on another one.</summary>
internal static class UnreadBody
{
    /// <summary>For a body that says how long it is, whatever refuses the request.</summary>
    public static Task WatchAsync(HttpContext http, RequestDelegate next)
    {
        if (http.Request.ContentLength > http.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize)
            http.Response.OnStarting(() =>
            {
                EndConnection(http);
                return Task.CompletedTask;
            });
        return next(http);
    }

    public static void EndConnection(HttpContext http)
    {
        if (HttpProtocol.IsHttp11(http.Request.Protocol)) http.Response.Headers.Connection = "close";
    }
}
