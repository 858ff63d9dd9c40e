using System.ComponentModel.DataAnnotations;

namespace TrafficShifter.VictoriaMetrics;

/// <summary>Where VictoriaMetrics is and how patiently it is asked.</summary>
public sealed record VictoriaMetricsOptions
{
    /// <summary>Up to where <c>api/v1/query</c> begins: <c>http://127.0.0.1:8428</c>, of a cluster <c>http://vmselect:8481/select/0/prometheus</c>.</summary>
    [Required]
    public required Uri Address { get; init; }

    /// <summary>Longest time for one query, connecting included. 100 ms to 1 min; default 5 s.</summary>
    /// <remarks>A query that takes longer is not asked again: the next tick does.</remarks>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Largest reply that is read. 1 KiB to 1 MiB; default 64 KiB, some hundreds of series where one is wanted.</summary>
    [Range(1024, 1024 * 1024)]
    public int MaxReplyBytes { get; init; } = 64 * 1024;

    /// <summary>Largest reply that is read where many series are wanted: what all running rollouts counted in a tick. 64 KiB to 256 MiB; default 64 MiB, enough for some 8,000 rollouts at once.</summary>
    /// <remarks>A rollout is some 7 KiB of it. Memory is taken as the reply comes.</remarks>
    [Range(64 * 1024, 256 * 1024 * 1024)]
    public int MaxSeriesReplyBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Longest query that is made of many: when some hundred rollouts run, their checks are asked together. 4,000 to 1,000,000 characters; default 15,000.</summary>
    /// <remarks>VictoriaMetrics takes 16 KiB unless its flag -search.maxQueryLen says more; with both raised, fewer queries are asked.</remarks>
    [Range(4_000, 1_000_000)]
    public int MaxQueryLength { get; init; } = 15_000;

    /// <summary>Sent as <c>Authorization: Bearer …</c>, for a vmauth in between; null for none.</summary>
    public string? BearerToken { get; init; }
}
