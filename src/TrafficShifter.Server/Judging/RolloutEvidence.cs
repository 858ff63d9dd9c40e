using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Rollouts;

namespace TrafficShifter.Server.Judging;

/// <summary>What a turn knows from the traffic itself.</summary>
/// <param name="Judge">Null where there is no judge, and before it has begun.</param>
/// <param name="Measured">The checks of the evidence that were due.</param>
/// <param name="Away">How long a judged share has served without evidence; null when there is some, or none is needed.</param>
public sealed record EvidenceTurn(JudgeReport? Judge, IReadOnlyList<Measurement> Measured, MetricsAway? Away)
{
    public static readonly EvidenceTurn None = new(null, [], null);
}

/// <summary>One rollout's evidence while this process drives it: takes tiles, feeds its judge, offers its state to be written.</summary>
public sealed partial class RolloutEvidence(
    RolloutId id, TileReader tiles, BaselineReader baselines, JudgeCheckpoints checkpoints, QueryCounts queries, MetricsWatch watch, JudgeOptions options, ILogger<RolloutEvidence> logger) : IDisposable
{
    private readonly EvidenceLog _log = new();
    private IDisposable? _wish;
    private RolloutJudge? _judge;
    private ServingSpan? _span;
    private DateTimeOffset? _lastTile;
    private DateTimeOffset? _waitingSince;
    private string _problem = "the agents' counts are awaited";

    /// <summary>Takes in what was counted since the last turn.</summary>
    /// <param name="serving">The nodes that serve the application and whose agents answer.</param>
    /// <exception cref="StoreException">The judge's state cannot be read or written.</exception>
    public async Task<EvidenceTurn> TakeAsync(
        Rollout rollout, AppTraffic app, NodeReport nodes, IReadOnlyList<string> serving, IReadOnlyList<DueCheck> due, LeaderFence fence, CancellationToken cancellationToken)
    {
        var judged = rollout.Plan.IsJudged && rollout.Phase is RolloutPhase.Pending or RolloutPhase.Progressing or RolloutPhase.Paused;
        if (!judged && rollout.Plan.Checks.All(c => c.Evidence is null)) return EvidenceTurn.None;
        var (now, routing) = (watch.SourceNow, app.Definition.Value!.Routing);
        _waitingSince ??= now;
        try
        {
            if (judged) _judge ??= await StartAsync(rollout, app, fence, cancellationToken);
            foreach (var counts in await ReadAsync(rollout, routing, serving, cancellationToken)) Count(counts, rollout, nodes.HasNoUsable(rollout.To));
        }
        catch (MetricSourceUnavailableException away)
        {
            _problem = away.Message;
        }
        catch (Exception failed) when (failed is not (OperationCanceledException or StoreException))
        {
            // The turn goes on: checks by query, deadlines and people are heard whatever happens here.
            _problem = $"an error of the controller: {failed.Message}";
            LogFailed(id, failed);
        }
        IReadOnlyList<Measurement> measured = [.. due.Where(d => d.Check.Evidence is not null).Select(d => _log.Measure(d, rollout, routing, now, TileReader.Patience + options.Delay + options.Tick + options.Tick))];
        return new EvidenceTurn(judged ? _judge?.Report(rollout, now - options.Delay - options.Tick) : null, measured, judged ? FindAway(rollout, now) : null);
    }

    /// <summary>Notes what was decided, so that it is known which counts are of one share alone.</summary>
    public void Note(Rollout next, WeightsSeen weights) => _span = ServingSpan.Next(_span, next, weights, watch.SourceNow);

    public void Dispose()
    {
        _wish?.Dispose();
        checkpoints.Forget(id.App);
    }

    private void Count(RolloutCounts counts, Rollout rollout, bool isUnreachable)
    {
        _lastTile = counts.End;
        _problem = counts.Problem ?? "nothing more was counted";
        if (counts.Problem is null) _waitingSince = counts.End;
        _log.Add(counts, _span);
        if (_judge is null) return;
        _judge.Count(counts, rollout, _span, isUnreachable);
        checkpoints.Offer(id.App, _judge.Save(id));
    }

    private async Task<IReadOnlyList<RolloutCounts>> ReadAsync(Rollout rollout, Routing routing, IReadOnlyList<string> serving, CancellationToken cancellationToken)
    {
        if (rollout.Plan.Judge?.Queries is { } asked && rollout.Plan.IsJudged)
            return await queries.FindNextAsync(rollout, routing, asked, cancellationToken) is { } counts ? [counts] : [];
        _wish ??= tiles.Want();
        return [.. tiles.After(_lastTile).Select(t => RolloutCounts.Of(t, rollout, serving))];
    }

    /// <summary>The judge of a rollout that begins, or that this process takes over.</summary>
    private async Task<RolloutJudge?> StartAsync(Rollout rollout, AppTraffic app, LeaderFence fence, CancellationToken cancellationToken)
    {
        // One that never counted, of a rollout that was told of counts, was written before a crash took what came after it.
        if (await checkpoints.FindAsync(id.App, id.ToString(), cancellationToken) is { } before && (before.LastSample is not null || rollout.Judge is not { Step: > 0 })) return new RolloutJudge(before);
        var plan = rollout.Plan.Judge!;
        if (await baselines.TryReadAsync(app, rollout, cancellationToken) is not { } baseline) return null;
        // A rollout that was told of a verdict had a judge: what that knew is lost.
        var losses = rollout.Judge is { } told ? told.Losses + 1 : 0;
        var judge = Judge.Start(plan.ConstantsOf(rollout.Plan, baseline, options.Tick), losses);
        if (!await checkpoints.WriteAsync(id.App, judge.Save(id.ToString()), fence, cancellationToken)) return null;
        if (losses > 0) LogLost(id, judge.Alpha);
        return new RolloutJudge(judge);
    }

    /// <summary>A share that nobody can judge is as one without metrics: the plan says what then, and none begins.</summary>
    private MetricsAway? FindAway(Rollout rollout, DateTimeOffset now)
    {
        if (rollout.Phase == RolloutPhase.Progressing && rollout.Plan.Steps[rollout.Step].Share == Share.All) return null;
        var without = now - _waitingSince!.Value;
        if (_judge?.LastGood is not null && without < _judge.StaleAfter + options.Delay + options.Tick) return null;
        return rollout.Phase == RolloutPhase.Pending || without >= TileReader.Patience + options.Delay + options.Tick
            ? new MetricsAway(without, $"the judge has no evidence: {_problem}")
            : null;
    }

    [LoggerMessage(EventId = 398, Level = LogLevel.Error, Message = "{Rollout}: its evidence could not be taken; the next turn tries again")]
    private partial void LogFailed(RolloutId rollout, Exception failed);

    [LoggerMessage(EventId = 394, Level = LogLevel.Warning, Message = "{Rollout}: what its judge knew is lost; it begins anew with alpha {Alpha}")]
    private partial void LogLost(RolloutId rollout, double alpha);
}
