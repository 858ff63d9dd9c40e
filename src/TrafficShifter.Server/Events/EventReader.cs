using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Events;

namespace TrafficShifter.Server.Events;

/// <summary>One reader of the events, as server-sent events. Nothing is queued for it: it goes through the outbox at its own pace, and is cut when it takes nothing.</summary>
/// <param name="wants">Whether it wants, and may see, what is about an application; null: about none.</param>
/// <param name="findSignedOut">Why the reader would not be let in any more, as a sentence; null while they would. Asked before each event, and with each heartbeat.</param>
public sealed class EventReader(HttpContext http, OutboxFollower follower, Func<AppName?, bool> wants, Func<string?> findSignedOut, TimeProvider time, CancellationToken stopping)
{
    /// <summary>After so long without an event a heartbeat is sent.</summary>
    public static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    /// <summary>A reader that takes nothing for so long is cut; it may come back with its last id.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The last event of a stream whose reader would not be let in any more.</summary>
    public const string SignedOut = "signed-out";

    /// <summary>Returns when the reader goes, is cut, or is signed out, or the server ends.</summary>
    /// <param name="position">The last event that the reader has; null: it begins now.</param>
    public async Task RunAsync(Outbox outbox, EventPosition? position)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        try
        {
            http.Response.ContentType = "text/event-stream";
            http.Response.Headers.CacheControl = "no-store";
            http.Response.Headers["X-Accel-Buffering"] = "no";
            var at = position ?? EventPosition.After(outbox.Index);
            await WriteAsync($"retry: 2000\nid: {at}\n\n", end.Token);
            string? signedOut;
            while ((signedOut = findSignedOut()) is null)
            {
                at = await WriteNewsAsync(outbox, at, end.Token);
                outbox = await WaitAsync(outbox, at, end.Token);
            }
            await WriteAsync($"event: {SignedOut}\ndata: {DocumentJson.Write(new { sentence = signedOut })}\n\n", end.Token);
        }
        catch (OperationCanceledException)
        {
            // The reader is gone, was cut, or the server ends: in each case the reader asks again with its last id.
        }
    }

    private async Task<EventPosition> WriteNewsAsync(Outbox outbox, EventPosition at, CancellationToken cancellationToken)
    {
        if (outbox.HasGapAfter(at))
        {
            // A position that this store has not come to yet was given by another one.
            at = at.Index > outbox.Index ? EventPosition.After(outbox.Index) : EventPosition.After(outbox.Trimmed);
            await WriteAsync($"id: {at}\nevent: gap\ndata: {DocumentJson.Write(new { sentence = "events before this one are not kept any more; GET /api/v1/history says what happened" })}\n\n", cancellationToken);
        }
        foreach (var placed in outbox.After(at))
        {
            if (findSignedOut() is not null) return at;
            at = placed.Position;
            if (wants(placed.Event.App)) await WriteAsync(EventText.Of(placed), cancellationToken);
        }
        return at;
    }

    /// <summary>The next outbox, or the known one after a heartbeat.</summary>
    private async Task<Outbox> WaitAsync(Outbox known, EventPosition at, CancellationToken cancellationToken)
    {
        using var beat = new CancellationTokenSource(Heartbeat, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(beat.Token, cancellationToken);
        try
        {
            return await follower.NextAsync(known, either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            if (findSignedOut() is null) await WriteAsync($"id: {at}\n: heartbeat\n\n", cancellationToken);
            return known;
        }
    }

    private Task WriteAsync(string text, CancellationToken cancellationToken) => WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);

    /// <exception cref="OperationCanceledException">The reader did not take it in time, or is gone.</exception>
    private async Task WriteAsync(ReadOnlyMemory<byte> text, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await http.Response.Body.WriteAsync(text, either.Token);
            await http.Response.Body.FlushAsync(either.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            http.Abort();
            throw;
        }
        either.Token.ThrowIfCancellationRequested();
    }
}
