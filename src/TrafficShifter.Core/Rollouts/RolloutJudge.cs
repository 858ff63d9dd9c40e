using TrafficShifter.Core.Analysis.Tiles;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>A rollout's judge and what it is fed with. Not safe for use from several threads.</summary>
public sealed class RolloutJudge(Judge judge)
{
    /// <summary>How long the stable side's answers are gathered for the bounds of the latency tests, where no history has them.</summary>
    private static readonly TimeSpan LatencyTime = TimeSpan.FromSeconds(60);

    private const long LeastAnswers = 100;
    private readonly bool _isTakenOver = judge.LastSample is not null;
    private LatencyCounts _early = LatencyCounts.None;
    private TimeSpan _gathered;
    private bool _isChosen;
    private TargetedReport _targeted = new(default, default);
    private JudgeVerdict? _verdict;
    private ServingSpan? _span;
    private string? _problem;

    /// <summary>End of the latest tile that was evidence of this process's time; null before the first.</summary>
    public DateTimeOffset? LastGood { get; private set; }

    public DateTimeOffset? LastSample => judge.LastSample;

    public TimeSpan StaleAfter => judge.Constants.StaleAfter;

    /// <summary>Counts a tile, once: one that is not after the last one changes nothing.</summary>
    /// <param name="span">Since when the step's share alone serves.</param>
    /// <param name="rollout">As it was when the turn began: while its clocks stand still, the step's time for the judge does too.</param>
    /// <param name="isUnreachable">Agents report that the candidate has no usable server.</param>
    public void Count(RolloutCounts counts, Rollout rollout, ServingSpan? span, bool isUnreachable)
    {
        if (counts.End <= judge.LastSample) return;
        _targeted = new TargetedReport(_targeted.Candidate + counts.Candidate.Targeted, _targeted.Stable + counts.Stable.Targeted);
        _problem = counts.Problem;
        if (counts.Problem is null) LastGood = counts.End;
        var share = rollout.Plan.Steps[rollout.Step].Share;
        // At 100 % there is nothing to compare with.
        if (counts.Problem is not null || span is null || span.Step != rollout.Step || !span.Holds(counts.Begin) || share == Share.All)
        {
            judge.Skip(counts.End);
            return;
        }
        var isChoosing = Gather(counts);
        _verdict = judge.Observe(new JudgeTick
        {
            At = counts.End,
            Length = counts.Length,
            Step = rollout.Step + 1,
            Share = share,
            EntersAgain = _span is { } before && before.Step == span.Step && before != span,
            StandsStill = !rollout.Counting,
            Errors = new SideCounts(counts.Candidate.Requests, counts.Candidate.Bad, counts.Stable.Requests, counts.Stable.Bad),
            Slow50 = isChoosing ? null : FindSlow(LatencyQuantile.P50, counts),
            Slow90 = isChoosing ? null : FindSlow(LatencyQuantile.P90, counts),
            Slow99 = isChoosing ? null : FindSlow(LatencyQuantile.P99, counts),
            CandidateUnreachable = isUnreachable || counts.Candidate.FailedOver > 0,
        });
        _span = span;
    }

    /// <summary>What it says now.</summary>
    /// <param name="now">Up to when tiles should be there by now, by the metric source's clock.</param>
    public JudgeReport Report(Rollout rollout, DateTimeOffset now)
    {
        // What another process counted last may be long ago: it can send traffic back, never forward.
        var waited = _isTakenOver && _verdict is null ? judge.Constants.StaleAfter : LastGood is { } last ? now - last : TimeSpan.Zero;
        var verdict = waited >= judge.Constants.StaleAfter || _verdict is null ? judge.Wait(waited) : _verdict.Value;
        return JudgeReport.Of(judge, verdict, rollout, _targeted, _problem);
    }

    public JudgeState Save(RolloutId rollout) => judge.Save(rollout.ToString());

    /// <summary>Bounds come from the stable side alone, and what they were chosen on is not judged by them.</summary>
    private bool Gather(RolloutCounts counts)
    {
        if (_isChosen || judge.Constants.Latency.All(t => t.AboveSeconds is not null)) return false;
        (_early, _gathered) = (_early + counts.Stable.Latency, _gathered + counts.Length);
        if (_gathered < LatencyTime || _early.Total < LeastAnswers) return true;
        judge.ChooseLatency(LatencyTest.Choose(_early.ToHistogram(), _early.Total));
        return _isChosen = true;
    }

    private SideCounts? FindSlow(LatencyQuantile quantile, RolloutCounts counts) =>
        judge.Constants.Latency.FirstOrDefault(t => t.Quantile == quantile)?.AboveSeconds is { } bound && counts.Candidate.Latency.Total + counts.Stable.Latency.Total > 0
            ? new SideCounts(counts.Candidate.Latency.Total, counts.Candidate.Latency.Above(bound), counts.Stable.Latency.Total, counts.Stable.Latency.Above(bound))
            : null;
}
