using System.Globalization;

namespace TrafficShifter.Server.Hosting;

/// <summary>Says in the standard header <c>Server-Timing</c> how far a request was when: milliseconds since it arrived, <c>accepted;dur=0.31, committed;dur=1.62, observed;dur=3.05</c>.</summary>
/// <remarks>What a client measures beyond that is the way to the server and back.</remarks>
internal sealed class ServerTiming(TimeProvider time)
{
    public const string Header = "Server-Timing";
    private static readonly object Arrived = new();

    /// <summary>Before all others.</summary>
    public Task BeginAsync(HttpContext http, RequestDelegate next)
    {
        http.Items[Arrived] = time.GetTimestamp();
        return next(http);
    }

    /// <param name="what">A token of HTTP: <c>observed</c>.</param>
    public void Note(HttpContext http, string what)
    {
        if (http.Items[Arrived] is long arrived)
            http.Response.Headers.Append(Header, string.Create(CultureInfo.InvariantCulture, $"{what};dur={time.GetElapsedTime(arrived).TotalMilliseconds:0.###}"));
    }
}
