using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Events;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Egress;

namespace TrafficShifter.Server.Events;

/// <summary>Tells one sink what happened, event after event, while this process leads. A sink that is slow or away delays no other, and no traffic.</summary>
/// <remarks>
/// 1. The first event after the sink's cursor is taken; if it moved traffic, the nodes get a moment to have done it. 2. It is sent, with a delivery id
/// that is the same whoever sends it. 3. The outcome is noted in the cursor, under the leader's fence, until the store has taken it or another leads.
/// A crash between 2 and 3 sends once more; nothing else does.
/// </remarks>
public sealed partial class SinkLane(
    SinkOptions sink, EventOptions options, OutboxFollower follower, ITrafficStore store, ILeaderLease lease, EgressClient egress, Fleet fleet, EventMetrics metrics,
    TimeProvider time, ILogger<SinkLane> logger)
{
    /// <summary>How long after an event the nodes are waited for; then it is told whether all of them were observed or not.</summary>
    public static readonly TimeSpan MovePatience = TimeSpan.FromSeconds(5);

    /// <summary>How long a request in flight has when the process ends: the next leader waits for it.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(500);
    private readonly Uri _url = new(sink.Url);
    private string? _complaint;

    private sealed record Standing(DeliveryCursor Cursor, ulong Index);

    public string Name => sink.Name;

    /// <summary>Where the sink stands; null while this process does not lead.</summary>
    public EventPosition? Position { get; private set; }

    public async Task RunAsync(CancellationToken stoppingToken)
    {
        using var grace = new CancellationTokenSource();
        await using var stopping = stoppingToken.Register(() => grace.CancelAfter(Grace));
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (lease.Fence is { } fence) await LeadAsync(fence, grace.Token, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (StoreException away)
            {
                LogAway(Name, away.Message);
            }
            catch (Exception failed)
            {
                LogFailed(failed, Name);
            }
            finally
            {
                Position = null;
                metrics.Forget(Name);
            }
            await Task.Delay(Turn, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LeadAsync(LeaderFence fence, CancellationToken graceToken, CancellationToken stoppingToken)
    {
        using var listening = follower.Listen();
        var outbox = await follower.ReadAsync(stoppingToken);
        var standing = await BeginAsync(outbox, fence, stoppingToken);
        while (standing is not null && lease.Fence == fence)
        {
            stoppingToken.ThrowIfCancellationRequested();
            Position = standing.Cursor.Position;
            metrics.Pending(Name, outbox.CountAfter(standing.Cursor.Position));
            var pause = standing.Cursor.PauseAt(time.GetUtcNow());
            if (outbox.FindAfter(standing.Cursor.Position) is not { } next) outbox = await NextAsync(outbox, stoppingToken) ?? outbox;
            else if (pause > TimeSpan.Zero) await Task.Delay(pause < Turn ? pause : Turn, time, stoppingToken);
            else
            {
                await SeeMovedAsync(next, stoppingToken);                                                        // 1
                if (lease.Fence != fence) return;
                var outcome = await SendAsync(next, graceToken);                                                 // 2
                standing = await NoteAsync(standing, outcome, outbox, next, fence, graceToken);                  // 3
            }
        }
    }

    /// <summary>The sink's cursor. One that is new begins now: it is not told what was before it.</summary>
    private async Task<Standing?> BeginAsync(Outbox outbox, LeaderFence fence, CancellationToken cancellationToken)
    {
        var entry = await store.FindAsync(Keys.Delivery(Name), cancellationToken);
        if (entry is not null && Reading.Of<DeliveryCursor>(entry).Find() is { } kept && kept.Position.Index <= outbox.Index)
            return new Standing(kept with { Kind = sink.Kind, Host = _url.IdnHost }, entry.ModifyIndex);
        var begun = new DeliveryCursor { Position = EventPosition.After(outbox.Index), Kind = sink.Kind, Host = _url.IdnHost };
        var put = new Change.Put(Keys.Delivery(Name), DocumentJson.Write(begun), entry?.ModifyIndex ?? 0);
        return await store.CommitAsync((ChangeSet.Empty with { Fence = fence }).With(put), cancellationToken) is CommitResult.Committed committed ? new Standing(begun, committed.Index) : null;
    }

    private async Task<Outbox?> NextAsync(Outbox known, CancellationToken stoppingToken)
    {
        using var turn = new CancellationTokenSource(Turn, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(turn.Token, stoppingToken);
        try
        {
            return await follower.NextAsync(known, either.Token);
        }
        catch (OperationCanceledException) when (!stoppingToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task SeeMovedAsync(PlacedEvent next, CancellationToken cancellationToken)
    {
        var left = MovePatience - (time.GetUtcNow() - next.Event.At);
        if (!next.Moves || left <= TimeSpan.Zero) return;
        var patience = left < MovePatience ? left : MovePatience;
        if (next.Event.App is { } app) await fleet.ObserveAsync(app, next.Position.Index, patience, cancellationToken);
        else await fleet.ObserveAllAsync(next.Position.Index, patience, cancellationToken);
    }

    private async Task<DeliveryOutcome> SendAsync(PlacedEvent next, CancellationToken cancellationToken)
    {
        var body = SinkMessage.Write(sink.Kind, next, Name);
        var headers = Signature.Headers(DeadLetter.DeliveryOf(next.Event, Name), sink.Secret, body, time.GetUtcNow());
        return await egress.PostAsync(_url, body, headers, options.Timeout, cancellationToken) switch
        {
            EgressReply.Answered answered => DeliveryOutcome.OfStatus(answered.Status, _url.IdnHost),
            EgressReply.Forbidden forbidden => new DeliveryOutcome.Refused(forbidden.Problem),
            EgressReply.Silent silent => new DeliveryOutcome.Failed(silent.Problem),
            _ => throw new InvalidOperationException("a reply is answered, forbidden or silent"),
        };
    }

    /// <summary>Null: somebody else tells the sink now.</summary>
    private async Task<Standing?> NoteAsync(Standing standing, DeliveryOutcome outcome, Outbox outbox, PlacedEvent sent, LeaderFence fence, CancellationToken graceToken)
    {
        var (next, dead) = standing.Cursor.After(outcome, Name, outbox, options.GiveUpAfter, time.GetUtcNow());
        metrics.Attempted(Name, outcome, dead.Count);
        Say(next, sent, dead.Count);
        var changes = (ChangeSet.Empty with { Fence = fence }).With(
            [new Change.Put(Keys.Delivery(Name), DocumentJson.Write(next), standing.Index), .. dead.Select(d => new Change.Set(Keys.DeadLetter(Name, d.Position.Index, d.Position.Number), DocumentJson.Write(d)))]);
        while (true)
        {
            try
            {
                switch (await store.CommitAsync(changes, graceToken))
                {
                    case CommitResult.Committed committed:
                        return new Standing(next, committed.Index);
                    // Perhaps it was this very note, whose answer got lost.
                    case CommitResult.Conflict when await store.FindAsync(Keys.Delivery(Name), graceToken) is { } entry && Reading.Of<DeliveryCursor>(entry).Find() == next:
                        return new Standing(next, entry.ModifyIndex);
                    default:
                        return null;
                }
            }
            catch (StoreUnavailableException away)
            {
                LogUnnoted(Name, away.Message);
                await Task.Delay(Turn, time, graceToken);
            }
        }
    }

    /// <summary>Failures in a row are said once, and that they are over.</summary>
    private void Say(DeliveryCursor next, PlacedEvent sent, int dead)
    {
        if (next.Problem is { } problem && problem != _complaint) LogUndelivered(Name, sent.Position.ToString(), problem);
        if (next.Problem is null && _complaint is not null) LogWellAgain(Name);
        if (dead > 0) LogDead(Name, dead, next.Problem ?? "");
        _complaint = next.Problem;
    }

    [LoggerMessage(EventId = 510, Level = LogLevel.Warning, Message = "Sink {Sink} was not told event {Position}: {Problem}")]
    private partial void LogUndelivered(string sink, string position, string problem);

    [LoggerMessage(EventId = 511, Level = LogLevel.Information, Message = "Sink {Sink} is told again")]
    private partial void LogWellAgain(string sink);

    [LoggerMessage(EventId = 512, Level = LogLevel.Error, Message = "Sink {Sink} will never be told {Count} events: {Problem}")]
    private partial void LogDead(string sink, int count, string problem);

    [LoggerMessage(EventId = 513, Level = LogLevel.Warning, Message = "Sink {Sink} stands still: {Problem}")]
    private partial void LogAway(string sink, string problem);

    [LoggerMessage(EventId = 514, Level = LogLevel.Warning, Message = "Sink {Sink}: a delivery could not be noted yet: {Problem}")]
    private partial void LogUnnoted(string sink, string problem);

    [LoggerMessage(EventId = 515, Level = LogLevel.Error, Message = "Telling sink {Sink} failed; it begins anew")]
    private partial void LogFailed(Exception failed, string sink);
}
