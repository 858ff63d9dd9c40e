using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Migrations;

/// <summary>A number of the metric source that must be within limits, or the same on both colours.</summary>
/// <remarks>No data, several series and a source that does not answer are unknown, and unknown is not ready.</remarks>
public sealed record ReadinessQuery : DocumentPart
{
    public const int MaxQueryLength = Check.MaxQueryLength;

    /// <summary>1 to 63 of a–z, A–Z, 0–9, '-', '_' and '.'; unique in its list.</summary>
    public required string Name { get; init; }

    /// <summary>A <see cref="QueryTemplate"/> that returns exactly one series; up to 2,000 characters. <c>{{colour}}</c> is the colour being moved to.</summary>
    public required string Query { get; init; }

    /// <summary>The lowest value that is ready; null for no lower limit.</summary>
    public double? Min { get; init; }

    /// <summary>The highest value that is ready; null for no upper limit.</summary>
    public double? Max { get; init; }

    /// <summary>The value must be the same when it is asked of the colour being moved from. Default false.</summary>
    public bool Equal { get; init; }

    /// <summary>What <c>{{window}}</c> stands for. 1 s to 1 h; default 5 min.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>The limits in words: <c>min 1, equal on both colours</c>.</summary>
    public string DescribeLimit()
    {
        var limits = new List<string>();
        if (Min is { } min) limits.Add($"min {Words.Number(min)}");
        if (Max is { } max) limits.Add($"max {Words.Number(max)}");
        if (Equal) limits.Add("equal on both colours");
        return string.Join(", ", limits);
    }
}
