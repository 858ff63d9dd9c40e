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

    /// <summary>Largest reply that is read where many series are wanted: what all running rollouts counted in a tick. 64 KiB to 16 MiB; default 2 MiB, enough for some 150 rollouts at once.</summary>
    [Range(64 * 1024, 16 * 1024 * 1024)]
    public int MaxSeriesReplyBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>Sent as <c>Authorization: Bearer …</c>, for a vmauth in between; null for none.</summary>
    public string? BearerToken { get; init; }
}
