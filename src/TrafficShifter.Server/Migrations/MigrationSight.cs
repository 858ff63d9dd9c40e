using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Traffic;
using Readiness = TrafficShifter.Core.Migrations.Readiness;
using Verdict = TrafficShifter.Core.Migrations.Verdict;

namespace TrafficShifter.Server.Migrations;

/// <summary>What one migration's turns are decided on: applications, rollouts of what moves, readiness.</summary>
internal sealed class MigrationSight(string name, ITrafficStore store, TrafficFollower follower, ReadinessWatch watch, ReleaseDesk releases, TimeProvider time) : IDisposable
{
    private const int ReleasesAtOnce = 16;
    private long _lastTurn;

    /// <summary>A process that takes over knows the store only as far as it has followed it.</summary>
    /// <returns>The index that its own following must have reached before anything is judged.</returns>
    public async Task<ulong> CatchUpAsync(CancellationToken cancellationToken)
    {
        if (_lastTurn != 0) return 0;
        var own = (await store.ListAsync(Keys.States, cancellationToken)).Entries.Where(e => Reading.Of<AppState>(e).Find()?.Campaign == Obstacles.Holder(name));
        return own.Select(e => e.ModifyIndex).DefaultIfEmpty(0ul).Max();
    }

    public async Task<MigrationTick> LookAsync(MigrationBook book, Standstill standstill, CancellationToken cancellationToken)
    {
        var (migration, moves, traffic) = (book.Migration!.Live, book.Moves, follower.Current);
        var moving = moves.Where(m => m.Phase == MovePhase.Moving).Select(m => m.Rollout!).ToList();
        var read = await Task.WhenAll(moving.Select(async id => (id, Entry: await store.FindAsync(Keys.Rollout(id.App, id.ToString()), cancellationToken))));
        // Who is let go is asked of the store itself: what was held a moment before another process took over is not forgotten.
        if (migration.Phase == MigrationPhase.Ending && moving.Count == 0)
        {
            var states = await store.ListAsync(Keys.States, cancellationToken);
            traffic = traffic.With(states.Entries.Select(e => (e.Key, (Entry?)e)), Math.Max(traffic.Index, states.Index));
        }
        var tick = new MigrationTick
        {
            Now = time.GetUtcNow(),
            Elapsed = _lastTurn == 0 ? TimeSpan.Zero : time.GetElapsedTime(_lastTurn),
            Traffic = traffic,
            Standstill = standstill,
            Readiness = watch.Seen,
            // One that does not parse stands still and is not taken for one that is not there.
            Rollouts = read.Where(r => r.Entry is null || Reading.Of<Rollout>(r.Entry).Find() is not null).ToDictionary(r => r.id, r => r.Entry is null ? null : Reading.Of<Rollout>(r.Entry).Find()),
        };
        _lastTurn = time.GetTimestamp();
        return tick;
    }

    /// <summary>Looks at what is due, and says what was found so far.</summary>
    public async Task<IReadOnlyDictionary<AppName, Readiness>> AskAsync(MigrationBook book, MigrationTick tick, LeaderFence fence, CancellationToken cancellationToken)
    {
        watch.Ask(MigrationEngine.FindDue(book.Migration!.Live, book.Moves, tick), book.Migration.Live.Definition.Preflight);
        await ReleaseAsync(book, tick.Now, fence, cancellationToken);
        return watch.Seen;
    }

    /// <summary>Something else than a look found out how an application stands.</summary>
    public void Note(Readiness readiness) => watch.Note(readiness);

    public void Dispose() => watch.Dispose();

    /// <summary>Where an application was looked at just now and is not ready, its pipeline may be asked for what it lacks; how far that is becomes one of its findings.</summary>
    private async Task ReleaseAsync(MigrationBook book, DateTimeOffset now, LeaderFence fence, CancellationToken cancellationToken)
    {
        var migration = book.Migration!.Live;
        if (migration.Phase != MigrationPhase.Running) return;
        var lacking = book.Moves.Where(m => m.Wave == migration.Wave && m.Phase is MovePhase.Waiting or MovePhase.NotReady)
            .Select(m => watch.Seen.GetValueOrDefault(m.App)).OfType<Readiness>()
            .Where(seen => (now - seen.At).Duration() <= MigrationEngine.Freshness && seen.Findings.All(f => f.Check != MoveStarter.Check)).ToList();
        await Parallel.ForEachAsync(lacking, new ParallelOptions { MaxDegreeOfParallelism = ReleasesAtOnce, CancellationToken = cancellationToken }, async (seen, token) =>
        {
            var found = seen with { Findings = [.. seen.Findings.Where(f => f.Check != "release")] };
            var turn = await releases.TurnAsync(found, migration.Holder, migration.StartedAt, migration.Definition.Preflight, fence, token);
            if (turn is ReleaseTurn.Waiting or ReleaseTurn.Failed && !seen.Ready) watch.Note(found with { Findings = [new Finding("release", Core.Migrations.Verdict.NotReady, turn.Sentence), .. found.Findings] });
        });
    }
}
