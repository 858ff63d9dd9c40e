using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Events;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Events;

/// <summary>Runs a lane for each sink, and takes away what every sink is past, while this process leads.</summary>
public sealed partial class DeliveryWorker(EventOptions options, ITrafficStore store, ILeaderLease lease, IServiceProvider services, TimeProvider time, ILogger<DeliveryWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    /// <summary>While so much happens that <see cref="Many"/> are taken away in a turn: who follows the events reads all that there are.</summary>
    private static readonly TimeSpan BusyInterval = TimeSpan.FromSeconds(5);
    private const int Many = Outbox.Kept / 2;
    private const int RemovalsAtOnce = 50;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var lanes = options.Sinks.Select(sink => ActivatorUtilities.CreateInstance<SinkLane>(services, sink)).ToList();
        await Task.WhenAll([TidyAsync(lanes, stoppingToken), .. lanes.Select(lane => lane.RunAsync(stoppingToken))]);
    }

    private async Task TidyAsync(IReadOnlyList<SinkLane> lanes, CancellationToken stoppingToken)
    {
        var interval = Interval;
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                if (stoppingToken.IsCancellationRequested || lease.Fence is not { } fence) continue;
                interval = await TrimAsync(lanes, fence, stoppingToken) >= Many ? BusyInterval : Interval;
                await TrimDeadLettersAsync(fence, stoppingToken);
            }
            catch (StoreException away)
            {
                LogAway(away.Message);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failed)
            {
                LogFailed(failed);
            }
        }
    }

    /// <returns>How many were taken away.</returns>
    private async Task<int> TrimAsync(IReadOnlyList<SinkLane> lanes, LeaderFence fence, CancellationToken cancellationToken)
    {
        var listing = await store.ListAsync(Keys.Outbox, cancellationToken);
        var before = listing.Entries.Count;
        // A lane that has not begun yet has not said where it stands.
        var passed = lanes.Select(lane => lane.Position ?? EventPosition.Start).Append(EventPosition.After(listing.Index)).Min();
        while (Outbox.Trim(listing, passed) is { } changes && await store.CommitAsync(changes with { Fence = fence }, cancellationToken) is CommitResult.Committed trimmed)
            listing = Outbox.After(listing, changes, trimmed.Index);
        return before - listing.Entries.Count;
    }

    private async Task TrimDeadLettersAsync(LeaderFence fence, CancellationToken cancellationToken)
    {
        var letters = await store.ListAsync(Keys.DeadLetters, cancellationToken);
        var old = letters.Entries.GroupBy(e => e.Key[..(e.Key.LastIndexOf('/') + 1)]).SelectMany(sink => sink.OrderByDescending(e => e.Key, StringComparer.Ordinal).Skip(DeadLetter.Kept));
        foreach (var some in old.Chunk(RemovalsAtOnce))
            await store.CommitAsync((ChangeSet.Empty with { Fence = fence }).With([.. some.Select(e => new Change.Remove(e.Key, e.ModifyIndex))]), cancellationToken);
    }

    [LoggerMessage(EventId = 520, Level = LogLevel.Warning, Message = "The outbox could not be tidied: {Problem}")]
    private partial void LogAway(string problem);

    [LoggerMessage(EventId = 521, Level = LogLevel.Error, Message = "Tidying the outbox failed; it begins anew")]
    private partial void LogFailed(Exception failed);
}
