using System.ComponentModel.DataAnnotations;

namespace TrafficShifter.Server.Judging;

/// <summary>How a controller reads what the agents count.</summary>
public sealed record JudgeOptions
{
    /// <summary>Length of a tile, and so how often rollouts are judged. 1 s to 5 s, whole seconds; default 2 s.</summary>
    /// <remarks>At least as long as the scrape interval of <c>/metrics/evidence</c>, and the same for all controllers.</remarks>
    [Range(typeof(TimeSpan), "00:00:01", "00:00:05")]
    public TimeSpan Tick { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long after a tile's end it is asked for first: a sample takes as long from the scrape to where queries see it. 0 s to 30 s; default 1.5 s.</summary>
    /// <remarks>A tile whose last sample is not there yet is asked again.</remarks>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:30")]
    public TimeSpan Delay { get; init; } = TimeSpan.FromSeconds(1.5);
}
