using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Events;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Events;

/// <summary>Runs a lane for each sink, and takes away what every sink is past, while this process leads.</summary>
public sealed partial class DeliveryWorker(EventOptions options, ITrafficStore store, ILeaderLease lease, IServiceProvider services, TimeProvider time, ILogger<DeliveryWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);
    private const int RemovalsAtOnce = 50;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var lanes = options.Sinks.Select(sink => ActivatorUtilities.CreateInstance<SinkLane>(services, sink)).ToList();
        await Task.WhenAll([TidyAsync(lanes, stoppingToken), .. lanes.Select(lane => lane.RunAsync(stoppingToken))]);
    }

    private async Task TidyAsync(IReadOnlyList<SinkLane> lanes, CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try
            {
                if (stoppingToken.IsCancellationRequested || lease.Fence is not { } fence) continue;
                await TrimAsync(lanes, fence, stoppingToken);
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

    private async Task TrimAsync(IReadOnlyList<SinkLane> lanes, LeaderFence fence, CancellationToken cancellationToken)
    {
        while (true)
        {
            var listing = await store.ListAsync(Keys.Outbox, cancellationToken);
            // A lane that has not begun yet has not said where it stands.
            var passed = lanes.Select(lane => lane.Position ?? EventPosition.Start).Append(EventPosition.After(listing.Index)).Min();
            if (Outbox.Trim(listing, passed) is not { } changes || await store.CommitAsync(changes with { Fence = fence }, cancellationToken) is not CommitResult.Committed) return;
        }
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
