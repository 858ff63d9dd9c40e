using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Migrations;

/// <summary>Takes one migration's turns: reads, asks, does. What is decided is decided in Core.</summary>
public sealed partial class MigrationRunner(
    string name, ITrafficStore store, TrafficFollower follower, TrafficWriter writer, ReadinessReader readiness, ReleaseDesk releases, MoveStarter starter, RolloutSteering steering,
    Identifiers identifiers, MigrationMetrics counters, TimeProvider time, ILogger logger) : IDisposable
{
    private readonly MigrationBook _book = new(name, store);
    private readonly MigrationSight _sight = new(name, store, follower, new ReadinessWatch(readiness), releases, time);
    private ulong _wrote;

    /// <summary>One turn under <paramref name="fence"/>.</summary>
    /// <returns>False: the migration is not there any more, or has ended.</returns>
    /// <exception cref="StoreException">The store cannot be asked; nothing was decided, or nobody knows whether it was written.</exception>
    public async Task<bool> TakeTurnAsync(Standstill standstill, LeaderFence fence, CancellationToken cancellationToken)
    {
        try
        {
            if (!await _book.ReadAsync(cancellationToken) || _book.Migration?.Live.Phase.IsDriven() == false) return false;
            if (_book.Problem is { } problem) LogBroken(problem);
            _wrote = Math.Max(_wrote, await _sight.CatchUpAsync(cancellationToken));
            // What was written into states has not reached this process's own reading yet: to judge now would take applications for nobody's.
            if (_book.Migration is null || follower.Current.Index < _wrote) return true;
            var tick = await _sight.LookAsync(_book, standstill, cancellationToken);
            var turn = MigrationEngine.Decide(_book.Migration.Live, _book.Moves, tick with { Readiness = await _sight.AskAsync(_book, tick, fence, cancellationToken) });
            _book.Run(turn);
            counters.Counted(name, turn.Moves);
            counters.Advanced(name, turn.Next);
            if (await DoAsync(turn.Acts, tick.Traffic, fence, cancellationToken)) await CheckpointAsync(fence, cancellationToken);
            return true;
        }
        catch
        {
            _book.Forget();
            throw;
        }
    }

    /// <summary>Gives up what is under way.</summary>
    public void Dispose() => _sight.Dispose();

    /// <returns>False: a race was lost, and the rest was dropped.</returns>
    private async Task<bool> DoAsync(IReadOnlyList<MigrationAct> acts, TrafficSnapshot traffic, LeaderFence fence, CancellationToken cancellationToken)
    {
        foreach (var act in acts.Where(a => a is not MigrationAct.Begin))
            if (!await DoAsync(act, traffic, fence, cancellationToken)) return false;
        var page = _book.Migration!;
        foreach (var begun in await Task.WhenAll(acts.OfType<MigrationAct.Begin>().Select(b => starter.BeginAsync(page.Live, page.Index, b, _book.IndexOf(b.Next), fence, cancellationToken))))
        {
            if (begun.NotReady is { } why) _sight.Note(why);
            if (begun.Move is not { } move) continue;
            _book.Wrote([move], begun.Index);
            _wrote = Math.Max(_wrote, begun.Index);
            LogMove(name, move.App, move.Sentence!, begun.Index);
        }
        return true;
    }

    private async Task<bool> DoAsync(MigrationAct act, TrafficSnapshot traffic, LeaderFence fence, CancellationToken cancellationToken)
    {
        var (migration, index) = (_book.Migration!.Live, _book.Migration.Index);
        switch (act)
        {
            case MigrationAct.Advance advance:
                if (await CommitAsync(MigrationChanges.Advance(migration, index, advance, _book.IndexOf, Note(migration)), fence, cancellationToken) is not { } advanced) return false;
                _book.Wrote(advance.Next, advanced);
                _book.Wrote(advance.Moves, advanced);
                counters.Advanced(name, advance.Next);
                LogAdvance(name, advance.Kind, advance.Sentence, advanced);
                return true;
            case MigrationAct.Hold hold:
                return await WriteAsync(MigrationChanges.Hold(migration, index, hold, traffic), hold.Moves, hold.Sentence, fence, cancellationToken);
            case MigrationAct.LetGo letGo:
                return await WriteAsync(MigrationChanges.LetGo(migration, index, letGo, traffic, _book.IndexOf), letGo.Moves, letGo.Sentence, fence, cancellationToken);
            case MigrationAct.Note note:
                if (await CommitAsync(MigrationChanges.Note(migration, index, note, _book.IndexOf(note.Next), Note(migration)), fence, cancellationToken) is not { } noted) return false;
                _book.Wrote([note.Next], noted);
                if (note.Kind is not null) LogMove(name, note.Next.App, note.Sentence, noted);
                return true;
            case MigrationAct.Steer steer:
                return await SteerAsync(migration, index, steer, fence, cancellationToken);
            default:
                throw new ArgumentOutOfRangeException(nameof(act));
        }
    }

    private async Task<bool> SteerAsync(Migration migration, ulong index, MigrationAct.Steer steer, LeaderFence fence, CancellationToken cancellationToken)
    {
        var beside = MigrationChanges.Beside(migration, index, steer.Next, _book.IndexOf(steer.Next));
        var told = await steering.TellAsync(steer.Next.Rollout!, steer.Command, identifiers.Next(), changes => (changes with { Fence = fence }).With(beside), cancellationToken);
        if (told.Index is not { } written)
        {
            // It went on meanwhile: the next turn sees how.
            if (told.Refusal is { } refusal) LogRefused(name, steer.Next.App, refusal);
            else _book.Forget();
            return told.Refusal is not null;
        }
        _book.Wrote([steer.Next], written);
        LogMove(name, steer.Next.App, steer.Sentence, written);
        return true;
    }

    private async Task<bool> WriteAsync(ChangeSet changes, IReadOnlyList<Move> moves, string sentence, LeaderFence fence, CancellationToken cancellationToken)
    {
        if (await CommitAsync(changes, fence, cancellationToken) is not { } index) return false;
        _book.Wrote(moves, index);
        if (changes.Changes.Any(c => c is Change.Put && c.Key.StartsWith(Keys.States, StringComparison.Ordinal))) _wrote = Math.Max(_wrote, index);
        LogBatch(name, sentence, index);
        return true;
    }

    private async Task CheckpointAsync(LeaderFence fence, CancellationToken cancellationToken)
    {
        var page = _book.Migration!;
        if (MigrationEngine.IsWorthSaving(page.Saved, page.Live))
        {
            if (await CommitAsync(ChangeSet.Empty.With(new Change.Put(Keys.Migration(name), DocumentJson.Write(page.Live), page.Index)), fence, cancellationToken) is not { } index) return;
            _book.Wrote(page.Live, index);
        }
        var due = MigrationEngine.FindWorthSaving(_book.MovePages, m => m.Saved, m => m.Live);
        if (due.Count == 0) return;
        var changes = ChangeSet.Empty.With(new Change.Unchanged(Keys.Migration(name), _book.Migration!.Index)).With([.. due.Select(m => new Change.Put(Keys.Move(name, m.Live.App), DocumentJson.Write(m.Live), m.Index))]);
        if (await CommitAsync(changes, fence, cancellationToken) is { } saved) _book.Wrote(due.Select(m => m.Live), saved);
    }

    private async Task<ulong?> CommitAsync(ChangeSet changes, LeaderFence fence, CancellationToken cancellationToken)
    {
        if (await writer.CommitAsync(changes with { Fence = fence }, cancellationToken) is CommitResult.Committed committed) return committed.Index;
        _book.Forget();
        LogLost(name);
        return null;
    }

    private ChangeNote Note(Migration migration) => new(identifiers.Next(), migration.Signature, null, time.GetUtcNow());

    [LoggerMessage(EventId = 370, Level = LogLevel.Information, Message = "Migration {Migration}: {Kind}: {Sentence} (index {Index})")]
    private partial void LogAdvance(string migration, string kind, string sentence, ulong index);

    [LoggerMessage(EventId = 371, Level = LogLevel.Information, Message = "Migration {Migration}: {App}: {Sentence} (index {Index})")]
    private partial void LogMove(string migration, Core.Apps.AppName app, string sentence, ulong index);

    [LoggerMessage(EventId = 372, Level = LogLevel.Information, Message = "Migration {Migration}: {Sentence} (index {Index})")]
    private partial void LogBatch(string migration, string sentence, ulong index);

    [LoggerMessage(EventId = 373, Level = LogLevel.Information, Message = "Migration {Migration}: {App}: its rollout was not told anything: {Why}")]
    private partial void LogRefused(string migration, Core.Apps.AppName app, string why);

    [LoggerMessage(EventId = 374, Level = LogLevel.Information, Message = "Migration {Migration}: something changed at the same moment, or this process leads no more; it is decided anew")]
    private partial void LogLost(string migration);

    [LoggerMessage(EventId = 375, Level = LogLevel.Error, Message = "{Problem}; the migration stands still")]
    private partial void LogBroken(string problem);
}
