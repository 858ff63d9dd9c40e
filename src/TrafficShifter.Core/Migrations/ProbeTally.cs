using System.Text.Json.Serialization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>What both colours of an application answered while a migration held it: <c>probes/&lt;migration&gt;/&lt;app&gt;</c>. The evidence that stays when the metrics are gone.</summary>
/// <remarks>Written at the first failure and the end of a row of them, and each minute: what a crash costs is less than that.</remarks>
public sealed record ProbeTally : Document
{
    public required string Migration { get; init; }

    public required AppName App { get; init; }

    /// <summary>When the first probe was answered.</summary>
    public required DateTimeOffset BeganAt { get; init; }

    /// <summary>When the last one was.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When the migration let the application go; null while it holds it.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    public SideTally Blue { get; init; } = new();

    public SideTally Green { get; init; } = new();

    public SideTally Of(Colour colour) => colour == Colour.Blue ? Blue : Green;

    /// <summary>A colour's last probe failed.</summary>
    [JsonIgnore]
    public bool IsFailing => Blue.FailingInARow > 0 || Green.FailingInARow > 0;

    /// <param name="blue">What the probe of blue means.</param>
    /// <param name="green">What the probe of green means.</param>
    public ProbeTally Note(Finding blue, Finding green, DateTimeOffset at) => this with { At = at, Blue = Blue.Note(blue, at), Green = Green.Note(green, at) };

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() => [("blue", Blue), ("green", Green)];
}

/// <summary>What one colour answered.</summary>
public sealed record SideTally : DocumentPart
{
    /// <summary>Probes that were made.</summary>
    public long Probes { get; init; }

    /// <summary>Of them, those whose answer was not as expected, or never came.</summary>
    public long Failures { get; init; }

    /// <summary>Times at which nothing could be asked: the egress settings forbid it, or there is no host.</summary>
    public long Unasked { get; init; }

    /// <summary>Failures up to the last probe, without one between that passed.</summary>
    public long FailingInARow { get; init; }

    /// <summary>The most failures in a row that there were.</summary>
    public long LongestRow { get; init; }

    public ProbeFailure? First { get; init; }

    public ProbeFailure? Last { get; init; }

    public SideTally Note(Finding finding, DateTimeOffset at)
    {
        if (finding.Verdict == Verdict.Unknown) return this with { Unasked = Unasked + 1 };
        if (finding.Verdict == Verdict.Ready) return this with { Probes = Probes + 1, FailingInARow = 0 };
        var failure = new ProbeFailure(at, finding.Sentence);
        var row = FailingInARow + 1;
        return this with { Probes = Probes + 1, Failures = Failures + 1, FailingInARow = row, LongestRow = Math.Max(LongestRow, row), First = First ?? failure, Last = failure };
    }
}

/// <param name="Sentence">Who answered what.</param>
public sealed record ProbeFailure(DateTimeOffset At, string Sentence);
