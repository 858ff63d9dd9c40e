using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Migrations;

/// <summary>Drives all migrations while this process leads, each in a loop of its own. It moves no traffic: it begins rollouts and sees how they end.</summary>
public sealed partial class MigrationWorker(
    ITrafficStore store, ILeaderLease lease, StandstillReader standstills, ReleaseDesk releases, MigrationMetrics counters, IServiceProvider services, TrafficFollower follower, TimeProvider time, ILogger<MigrationWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);
    private readonly Dictionary<string, Task> _loops = [];
    private readonly DrivenMigrations _driven = new();
    private readonly FeedBell _bell = new(Keys.Migrations, follower, time);
    private IReadOnlyList<Migration> _stored = [];
    private LeaderFence? _led;
    private ulong _read;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (lease.Fence is { } fence) await StartLoopsAsync(fence, stoppingToken);
            }
            catch (StoreException away)
            {
                LogAway("migrations", away.Message);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failed)
            {
                LogFailed(failed, "migrations");
            }
            await Task.Delay(Turn, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await Task.WhenAll(_loops.Values);
    }

    private async Task StartLoopsAsync(LeaderFence fence, CancellationToken stoppingToken)
    {
        var ended = _loops.Where(l => l.Value.IsCompleted).Select(l => l.Key).ToList();
        foreach (var name in ended) _loops.Remove(name);
        // What this process wrote itself no feed tells it; and who led meanwhile told it to himself.
        if (ended.Count > 0 || fence != _led) _bell.Ring();
        _led = fence;
        foreach (var migration in await ReadAsync(stoppingToken))
        {
            if (migration.IsReadOnly || _loops.ContainsKey(migration.Name)) continue;
            // What a process that led before this one had begun to ask is not this one's.
            if (_loops.Count == 0) releases.Forget();
            counters.Advanced(migration.Name, migration);
            _loops[migration.Name] = Task.Run(() => DriveAsync(migration.Name, fence, stoppingToken), CancellationToken.None);
        }
    }

    /// <summary>Those that are driven. What ended stays in the store for good: all are read only when one was written.</summary>
    private async Task<IReadOnlyList<Migration>> ReadAsync(CancellationToken cancellationToken)
    {
        if (!_bell.TryTake()) return _stored;
        try
        {
            // Asked before the documents are read: what is written in between is read again the next time.
            var changed = await store.WaitForChangeAsync(Keys.Migrations, 0, TimeSpan.Zero, cancellationToken);
            if (changed != _read) _stored = _driven.Read((await store.ListAsync(Keys.Migrations, cancellationToken)).Entries);
            _read = changed;
            return _stored;
        }
        catch
        {
            _bell.Ring();
            throw;
        }
    }

    /// <summary>One migration's loop: until it has ended, or this process leads no more. Who leads again begins with a new runner, which knows nothing but the store.</summary>
    private async Task DriveAsync(string name, LeaderFence fence, CancellationToken stoppingToken)
    {
        using var runner = ActivatorUtilities.CreateInstance<MigrationRunner>(services, name, (ILogger)logger);
        while (lease.Fence == fence && !stoppingToken.IsCancellationRequested && await TakeTurnAsync(runner, name, fence, stoppingToken))
            await Task.Delay(Turn, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        counters.Forget(name);
    }

    private async Task<bool> TakeTurnAsync(MigrationRunner runner, string name, LeaderFence fence, CancellationToken stoppingToken)
    {
        try
        {
            return await runner.TakeTurnAsync(await standstills.ReadAsync(stoppingToken), fence, stoppingToken);
        }
        catch (StoreException away)
        {
            LogAway(name, away.Message);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return false;
        }
        catch (Exception failed)
        {
            LogFailed(failed, name);
        }
        return true;
    }

    [LoggerMessage(EventId = 376, Level = LogLevel.Warning, Message = "{Migration}: stands still: {Problem}")]
    private partial void LogAway(string migration, string problem);

    [LoggerMessage(EventId = 377, Level = LogLevel.Error, Message = "{Migration}: its turn failed; the next one begins anew")]
    private partial void LogFailed(Exception failed, string migration);
}
