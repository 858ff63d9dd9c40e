using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Server.Rollouts;

namespace TrafficShifter.Server.Migrations;

/// <summary>Drives all migrations while this process leads, each in a loop of its own. It moves no traffic: it begins rollouts and sees how they end.</summary>
public sealed partial class MigrationWorker(
    ITrafficStore store, ILeaderLease lease, StandstillReader standstills, ReleaseDesk releases, MigrationMetrics counters, IServiceProvider services, TimeProvider time, ILogger<MigrationWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);
    private readonly Dictionary<string, Task> _loops = [];
    private readonly DrivenMigrations _driven = new();
    private IReadOnlyList<Migration> _stored = [];
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
        foreach (var ended in _loops.Where(l => l.Value.IsCompleted).Select(l => l.Key).ToList()) _loops.Remove(ended);
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
        // Asked before the documents are read: what is written in between is read again the next time.
        var changed = await store.WaitForChangeAsync(Keys.Migrations, 0, TimeSpan.Zero, cancellationToken);
        if (changed == _read) return _stored;
        _stored = _driven.Read((await store.ListAsync(Keys.Migrations, cancellationToken)).Entries);
        _read = changed;
        return _stored;
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
