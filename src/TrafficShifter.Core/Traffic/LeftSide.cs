using System.Text.Json.Serialization;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic;

/// <summary>What one node still has on the side that a lock took the traffic from, watched until it is quiet.</summary>
public sealed record LeftSide
{
    /// <summary>No session and no new request for this long: nobody is left behind.</summary>
    public static readonly TimeSpan QuietAfter = TimeSpan.FromSeconds(5);

    /// <summary>A side that does not become quiet is watched for this long, each second at first, each five seconds after the first thirty; an evacuated one for ever, each thirty seconds from then on.</summary>
    public static readonly TimeSpan LongestWatch = TimeSpan.FromMinutes(10);

    /// <summary>A side that other applications use as well does not become quiet: its numbers are theirs too.</summary>
    public static readonly TimeSpan LongestSharedWatch = TimeSpan.FromSeconds(30);

    /// <summary>The colour that was left.</summary>
    public required Colour Colour { get; init; }

    /// <summary>The backend of its servers; null where nobody said.</summary>
    [JsonIgnore]
    public ProxyName? Backend { get; init; }

    /// <summary>When the lock was given.</summary>
    public required DateTimeOffset LockedAt { get; init; }

    /// <summary>When the watch began: the lock had been read back. Null while it waits for its turn; what follows is then not known.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When it was looked at last.</summary>
    public DateTimeOffset? At { get; init; }

    /// <summary>Sessions that were there then: requests in flight and WebSockets.</summary>
    public long Sessions { get; init; }

    /// <summary>Requests that came to this side since the watch began.</summary>
    public long Requests { get; init; }

    /// <summary>Since when there was no session and no new request; null while there is one.</summary>
    public DateTimeOffset? QuietSince { get; init; }

    /// <summary>The lock is an evacuation's: somebody waits until nobody is there, however long that takes, so the watch has no longest time.</summary>
    [JsonIgnore]
    public bool IsEvacuated { get; init; }

    /// <summary>It is still looked at; false once it was quiet for long enough, or did not become so in time.</summary>
    public bool Watching { get; init; } = true;

    /// <summary>How many sessions were cut; null when the lock does not say that they should be.</summary>
    public long? Severed { get; init; }

    /// <summary>Why sessions were not cut although the lock says so; null when they were, or when it does not.</summary>
    public string? NotSevered { get; init; }

    /// <summary>Other applications that use the same servers and are not locked to the same colour: the numbers contain theirs.</summary>
    public IReadOnlyList<AppName> SharedWith { get; init; } = [];

    /// <summary>All servers of the side are in maintenance: no persistence of HAProxy's own brings users there (but <c>option persist</c>).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool InMaintenance { get; init; }

    /// <summary>Nothing is there, and nothing comes any more, as far as it was seen yet.</summary>
    [JsonIgnore]
    public bool IsAtZero => Since is not null && Sessions == 0 && SharedWith.Count == 0 && (Requests == 0 || QuietSince is not null);

    /// <summary>The same, seen for long enough to say so.</summary>
    [JsonIgnore]
    public bool IsQuiet => IsAtZero && At - QuietSince >= QuietAfter;

    /// <summary>Sessions were cut and are not gone yet; a matter of milliseconds.</summary>
    [JsonIgnore]
    public bool IsEnding => Watching && Severed is not null && Sessions > 0;

    /// <summary>All of it in words.</summary>
    public string Sentence => string.Join("; ", new[] { Describe(), DescribeCut() }.OfType<string>());

    /// <summary>What is known after one more look.</summary>
    /// <param name="sessions">Live now, of all servers of the side.</param>
    /// <param name="requests">Since the watch began, of all servers of the side.</param>
    public LeftSide Next(long sessions, long requests, DateTimeOffset now)
    {
        var since = Since ?? now;
        DateTimeOffset? quietSince = sessions > 0 || requests > Requests ? null : QuietSince ?? now;
        var isQuiet = now - quietSince >= QuietAfter;
        var isOver = !IsEvacuated && now - since >= (SharedWith.Count == 0 ? LongestWatch : LongestSharedWatch);
        return this with { Since = since, At = now, Sessions = sessions, Requests = requests, QuietSince = quietSince, Watching = !isQuiet && !isOver };
    }

    /// <summary>Whether it is time for another look, also when the last one was at a time that is still to come: the clock was set.</summary>
    public bool IsDue(DateTimeOffset now) =>
        Watching && (Since is not { } since || At is not { } at || IsEnding || (now - at).Duration() >= TimeSpan.FromSeconds(now - since < TimeSpan.FromSeconds(30) ? 1 : now - since < LongestWatch ? 5 : 30));

    private string Describe()
    {
        var colour = Colour.Word();
        if (Since is null) return $"{colour} has not been looked at yet";
        if (SharedWith.Count > 0)
            return $"{colour}'s servers also serve {Words.List([.. SharedWith.Select(a => a.Value)])}: {Words.Count(Sessions, "session")} and {Words.Count(Requests, "request")} since the rollback are of all of them, and cannot be told apart";
        var came = Requests == 0 ? $"no request came to {colour} since the rollback" : $"{Words.Count(Requests, "request")} came to {colour} since the rollback{(QuietSince is null ? "" : ", and no more")}";
        return Sessions == 0
            ? $"{colour} is at 0 sessions{(IsQuiet || !IsAtZero ? "" : " so far")}, {came}"
            : $"{Words.Count(Sessions, "session")} {(Sessions == 1 ? "is" : "are")} still on {colour}{(Requests == 0 ? ", open since before the rollback" : "")}, {came}";
    }

    private string? DescribeCut() => (NotSevered, Severed) switch
    {
        ({ } why, _) => $"sessions were not cut: {why}",
        (_, { } cut) => cut == 0 ? null : $"{Words.Count(cut, "session")} {(cut == 1 ? "was" : "were")} cut",
        _ => Since is not null && Sessions > 0 && SharedWith.Count == 0 ? "a rollback with \"sever\":true cuts them" : null,
    };
}
