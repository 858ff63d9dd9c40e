using System.Diagnostics.Metrics;
using TrafficShifter.Server.Telemetry;

namespace TrafficShifter.Server.Security;

/// <summary>Attempts that were refused: each is counted, and logged without anything secret. None of them is written to the store.</summary>
public sealed partial class Refusals
{
    /// <summary>So many are logged in a minute; the next line says how many were not.</summary>
    public const int LoggedPerMinute = 60;

    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly Counter<long> _count;
    private readonly TimeProvider _time;
    private readonly ILogger<Refusals> _logger;
    private readonly Lock _gate = new();
    private long _windowStart;
    private int _inWindow;

    public Refusals(IMeterFactory meters, TimeProvider time, ILogger<Refusals> logger)
    {
        (_time, _logger, _windowStart) = (time, logger, time.GetTimestamp());
        _count = meters.Create(ServerMeter.Name).CreateCounter<long>("trafficshifter_refused_requests_total", description: "Requests that were refused for who sent them or how, by the reason.");
    }

    /// <param name="why">A stable word: <c>wrong-token</c>, <c>forbidden</c>.</param>
    /// <param name="who">Whoever it is, as far as that is known; never what they sent as a secret.</param>
    public void Note(HttpContext http, string why, string? who = null)
    {
        _count.Add(1, new KeyValuePair<string, object?>("reason", why));
        var left = 0;
        lock (_gate)
        {
            if (_time.GetElapsedTime(_windowStart) >= Window)
            {
                (left, _inWindow) = (Math.Max(0, _inWindow - LoggedPerMinute), 0);
                _windowStart = _time.GetTimestamp();
            }
            _inWindow++;
            if (_inWindow > LoggedPerMinute) return;
        }
        if (left > 0) LogMore(left);
        var origin = Origins.Of(http);
        LogRefused(why, who ?? "somebody", origin.From, origin.Via ?? "nobody", http.Request.Method, TokenSecret.Redact(http.Request.Path.ToUriComponent()));
    }

    [LoggerMessage(EventId = 410, Level = LogLevel.Warning, Message = "Refused ({Why}): {Who} at {From} by way of {Via}: {Method} {Path}")]
    private partial void LogRefused(string why, string who, string from, string via, string method, string path);

    [LoggerMessage(EventId = 411, Level = LogLevel.Warning, Message = "{Count} more requests were refused in the minute before and are not in the log; trafficshifter_refused_requests_total counts all")]
    private partial void LogMore(int count);
}
