using System.Globalization;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Analysis.Tiles;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Server.Judging;

/// <summary>What was counted of one rollout's present step, as far back as its checks look.</summary>
public sealed class EvidenceLog
{
    private readonly List<RolloutCounts> _counts = [];
    private string? _problem = "the agents' counts of this step are awaited";
    private DateTimeOffset? _latest;

    /// <param name="span">Since when the step's share alone serves; null while it does not.</param>
    public void Add(RolloutCounts counts, ServingSpan? span)
    {
        if (span is null || !span.Holds(counts.Begin)) _counts.Clear();
        else if (counts.Problem is null) _counts.Add(counts);
        (_problem, _latest) = (counts.Problem, counts.End);
        var oldest = counts.End - Check.MaxWindow;
        if (_counts.Count > 0 && _counts[0].Begin < oldest) _counts.RemoveAll(c => c.Begin < oldest);
    }

    /// <summary>Measures a check of the evidence. Tiles that are no evidence are left out; while the latest is none, nothing is known.</summary>
    /// <param name="patience">How long the latest counts may be ago.</param>
    public Measurement Measure(DueCheck due, Rollout rollout, Routing routing, DateTimeOffset at, TimeSpan patience)
    {
        var values = TemplateValues.Of(rollout.App, routing, rollout.To, due.Window);
        if (at - _latest is { } ago && ago > patience) return EvidenceMeasuring.Incomplete(due.Check, values, string.Create(CultureInfo.InvariantCulture, $"nothing was counted for {ago.TotalSeconds:0} s"), at);
        if (_counts.Count == 0 || _problem is not null) return EvidenceMeasuring.Incomplete(due.Check, values, _problem ?? "nothing was counted in this step yet", at);
        var (candidate, stable, length) = (ColourCounts.None, ColourCounts.None, TimeSpan.Zero);
        foreach (var counts in _counts.Where(c => c.Begin >= _counts[^1].End - due.Window))
            (candidate, stable, length) = (candidate + counts.Candidate, stable + counts.Stable, length + counts.Length);
        return EvidenceMeasuring.Measure(due.Check, values with { Window = length }, candidate, stable, at);
    }
}
