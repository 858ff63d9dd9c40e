using System.Collections.Concurrent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Egress;
using TrafficShifter.Server.Events;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Traffic;
using Readiness = TrafficShifter.Core.Migrations.Readiness;

namespace TrafficShifter.Server.Migrations;

/// <summary>Asks delivery pipelines for what applications lack, while this process leads: one call for each application and turn, which waits for no pipeline.</summary>
/// <remarks>A request is written before it is made. One that was made and not noted, because this process died, is made again under the same id and number.</remarks>
public sealed partial class ReleaseDesk(
    ITrafficStore store, TrafficWriter writer, TrafficFollower follower, EgressClient egress, HookOptions options, Identifiers identifiers, TimeProvider time, ILogger<ReleaseDesk> logger) : IDisposable
{
    /// <summary>What one turn counts at most: a pause, or a store that was away, is not time that a pipeline had.</summary>
    private static readonly TimeSpan LongestTurn = TimeSpan.FromSeconds(5);

    private CancellationTokenSource _leading = new();
    private readonly ConcurrentDictionary<AppName, Kept> _kept = new();

    /// <param name="Live">With its clock as it runs.</param>
    /// <param name="Asking">The attempt that is under way; null when none is.</param>
    /// <param name="Fence">Whoever leads by it knows what is written without reading it again; null: it is to be read.</param>
    private sealed record Kept(ReleaseState? Live, ReleaseState? Saved, ulong Index, long At, Task<ReleaseAnswer>? Asking, LeaderFence? Fence);

    /// <summary>One turn of one application that is not moving yet: asks for its release if it lacks one, and says how far that is.</summary>
    /// <param name="campaign">Who asks, as the states of applications name it: <c>migration/to-cilium</c>.</param>
    /// <param name="run">When this run of the campaign began.</param>
    /// <param name="preflight">The campaign's preflight; the application's own goes before it.</param>
    /// <param name="fence">Without leadership nothing is written and nobody is asked.</param>
    /// <exception cref="StoreException">The store cannot be asked, or nobody knows whether it was written.</exception>
    public async Task<ReleaseTurn> TurnAsync(Readiness readiness, string campaign, DateTimeOffset? run, Preflight? preflight, LeaderFence fence, CancellationToken cancellationToken)
    {
        var request = Preflight.Of(follower.Current.Find(readiness.App).Definition.Value?.Preflight, preflight).Release;
        if (request is null && !_kept.ContainsKey(readiness.App)) return new ReleaseTurn.None();
        var kept = await ReadAsync(readiness.App, fence, cancellationToken);
        var now = time.GetUtcNow();
        var heard = kept.Asking is { IsCompletedSuccessfully: true } answered ? await answered : null;
        var step = Releasing.Decide(kept.Live, request, readiness, campaign, run, Elapsed(kept), heard, identifiers.Next(), now);
        var index = step.Next is { } next && MustWrite(kept.Saved, next, step.Kind) ? await WriteAsync(next, kept, step, fence, now, cancellationToken) : kept.Index;
        if (index is not { } written)
        {
            _kept.TryRemove(readiness.App, out _);
            return new ReleaseTurn.None("another process goes on with it");
        }
        var asking = heard is null && step.Next?.Id == kept.Live?.Id && kept.Asking is { IsFaulted: false, IsCanceled: false } ? kept.Asking : null;
        if (step is { Ask: true, Next: { } release } && asking is null) asking = AskAsync(release, request!, follower.Current.Find(readiness.App).Definition.Value!, _leading.Token);
        _kept[readiness.App] = new Kept(step.Next, written == kept.Index ? kept.Saved : step.Next, written, time.GetTimestamp(), asking, fence);
        return step.Turn;
    }

    /// <summary>Gives up what is under way and forgets the clocks that run here: whoever leads next goes on from what is written.</summary>
    public void Forget()
    {
        Dispose();
        _leading = new CancellationTokenSource();
        _kept.Clear();
    }

    public void Dispose()
    {
        _leading.Cancel();
        _leading.Dispose();
    }

    private static bool MustWrite(ReleaseState? saved, ReleaseState next, string? kind) => kind is not null || saved?.Id != next.Id || saved.Attempts != next.Attempts || next.Waited - saved.Waited >= Releasing.CheckpointEvery;

    private TimeSpan Elapsed(Kept kept)
    {
        if (kept.At == 0) return TimeSpan.Zero;
        var elapsed = time.GetElapsedTime(kept.At);
        return elapsed < LongestTurn ? elapsed : LongestTurn;
    }

    private async Task<Kept> ReadAsync(AppName app, LeaderFence fence, CancellationToken cancellationToken)
    {
        if (_kept.TryGetValue(app, out var known) && known.Fence == fence) return known;
        var entry = await store.FindAsync(Keys.ReleaseOf(app), cancellationToken);
        if (_kept.TryGetValue(app, out var kept) && kept.Index == (entry?.ModifyIndex ?? 0)) return kept;
        var saved = entry is null ? null : Reading.Of<ReleaseState>(entry).Find();
        return new Kept(saved, saved, entry?.ModifyIndex ?? 0, 0, null, null);
    }

    /// <returns>The index at which it stands; null when somebody else was faster, or leads.</returns>
    private async Task<ulong?> WriteAsync(ReleaseState next, Kept kept, Releasing.Step step, LeaderFence fence, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var changes = (ChangeSet.Empty with { Fence = fence }).With(new Change.Put(Keys.ReleaseOf(next.App), DocumentJson.Write(next), kept.Index));
        if (step.Kind is { } kind)
            changes = changes.With(new ChangeNote(identifiers.Next(), RolloutChanges.Controller, next.Campaign, now).Entry(next.App, $"release.{kind}", step.Turn.Sentence, kept.Saved, next));
        // Until it is known to be written, what is kept is not known to be true.
        if (_kept.TryGetValue(next.App, out var before)) _kept[next.App] = before with { Fence = null };
        if (await writer.CommitAsync(changes, cancellationToken) is not CommitResult.Committed committed) return null;
        if (step.Kind is not null) LogStep(next.App, next.Id, step.Turn.Sentence, committed.Index);
        return committed.Index;
    }

    private async Task<ReleaseAnswer> AskAsync(ReleaseState release, ReleaseRequest request, AppDefinition app, CancellationToken cancellationToken)
    {
        var (began, body, url) = (time.GetTimestamp(), ReleaseMessage.Write(release), new Uri(ProbeTemplate.Resolve(request.Url, app, release.To)!));
        var reply = await egress.PostAsync(url, body, Signature.Headers(release.Id, options.Secret, body, time.GetUtcNow()), request.Timeout, cancellationToken);
        var (took, at) = (time.GetElapsedTime(began), time.GetUtcNow());
        return reply switch
        {
            EgressReply.Answered answered => ReleaseAnswer.OfStatus(answered.Status, url.IdnHost, took, at),
            EgressReply.Forbidden forbidden => new ReleaseAnswer(new HookOutcome.Error(at, took, forbidden.Problem), true),
            EgressReply.Silent silent => new ReleaseAnswer(new HookOutcome.Error(at, took, silent.Problem), false),
            _ => throw new InvalidOperationException("a reply is answered, forbidden or silent"),
        };
    }

    [LoggerMessage(EventId = 360, Level = LogLevel.Information, Message = "{App}: release {Id}: {Sentence} (index {Index})")]
    private partial void LogStep(AppName app, string id, string sentence, ulong index);
}
