using System.Text.Json.Serialization;
using TrafficShifter.Core.Analysis;

namespace TrafficShifter.Core.Traffic;

/// <summary>What is left on the sides that all locks of one node took the traffic from. Servers that several applications use are counted once.</summary>
public sealed record FleetLeft
{
    /// <summary>Applications that were read back as wanted.</summary>
    public int Applications { get; init; }

    /// <summary>Those of them whose side is not at 0, or of which that cannot be said.</summary>
    public int Behind { get; init; }

    /// <summary>Their names, up to <see cref="NodeLiveness.MaxExceptions"/>.</summary>
    public IReadOnlyList<string> Names { get; init; } = [];

    /// <summary>Applications whose side has not been looked at yet, or whose traffic no usable server takes.</summary>
    public int Unseen { get; init; }

    /// <summary>Applications whose backend has persistence of HAProxy's own, and servers that are not in maintenance.</summary>
    public int Kept { get; init; }

    /// <summary>Applications whose sessions should have been cut and were not.</summary>
    public int NotSevered { get; init; }

    /// <summary>Live sessions on the sides that were left.</summary>
    public long Sessions { get; init; }

    /// <summary>Requests that came to them since the rollback.</summary>
    public long Requests { get; init; }

    /// <summary>Sessions that were cut.</summary>
    public long Severed { get; init; }

    /// <summary>Each side is at 0, and was for long enough to say so.</summary>
    public bool Quiet { get; init; }

    [JsonIgnore]
    public bool IsAtZero => Applications > 0 && Behind == 0;

    /// <param name="apps">Applications that were read back as wanted.</param>
    public static FleetLeft Of(IReadOnlyCollection<AppObservation> apps)
    {
        var left = apps.Where(a => a.Left is not null).ToList();
        var behind = apps.Where(a => !LeftBehind.IsAtZero(a)).ToList();
        var sides = left.GroupBy(a => (Servers: a.Left!.Backend?.Value ?? a.App.Value, a.Left.Colour)).ToList();
        return new FleetLeft
        {
            Applications = apps.Count,
            Behind = behind.Count,
            Names = [.. behind.Select(a => a.App.Value).Order(StringComparer.Ordinal).Take(NodeLiveness.MaxExceptions)],
            Unseen = apps.Count(a => a.Left?.Since is null),
            Kept = left.Count(a => LeftBehind.FindKeeping(a) is not null),
            NotSevered = left.Count(a => a.Left!.NotSevered is not null),
            Sessions = sides.Sum(side => side.Max(a => a.Left!.Sessions)),
            Requests = sides.Sum(side => side.Max(a => a.Left!.Requests)),
            Severed = sides.Sum(side => side.Max(a => a.Left!.Severed ?? 0)),
            Quiet = apps.All(a => a.Left is { IsQuiet: true }),
        };
    }

    /// <summary>In words, where it is not at 0.</summary>
    public string Describe() => string.Join("; ", new[]
    {
        $"{Words.Count(Sessions, "session")} {(Sessions == 1 ? "is" : "are")} still on the sides that were left, {Words.Count(Requests, "request")} came there since the rollback ({Words.Count(Behind, "application")}{(Names.Count == 0 ? "" : $": {Words.List(Names)}")})",
        Unseen == 0 ? null : $"what {Words.Count(Unseen, "application")} left is not known yet",
        Kept == 0 ? null : $"the backends of {Words.Count(Kept, "application")} have persistence in haproxy.cfg: users that it keeps stay at weight 0",
        NotSevered == 0 ? null : $"sessions of {Words.Count(NotSevered, "application")} were not cut",
        Severed == 0 ? null : $"{Words.Count(Severed, "session")} {(Severed == 1 ? "was" : "were")} cut",
    }.OfType<string>());
}
