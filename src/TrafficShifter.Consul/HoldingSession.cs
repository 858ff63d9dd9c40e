using TrafficShifter.Core.Ports;

namespace TrafficShifter.Consul;

/// <summary>The session under which a process holds its own keys: created with the first key, renewed in the background, gone with the process.</summary>
internal sealed class HoldingSession(ConsulClient client, TimeProvider time) : IAsyncDisposable
{
    // Consul's shortest; it takes up to twice as long to notice.
    private static readonly TimeSpan TimeToLive = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly CancellationTokenSource _stop = new();
    private volatile string? _session;
    private Task _renewing = Task.CompletedTask;

    public async Task<bool> TryHoldAsync(string key, string value, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var session = await GetSessionAsync(cancellationToken);
            var outcome = await client.KV.AcquireAsync(key, value, session, cancellationToken);
            if (outcome != AcquireOutcome.SessionGone) return outcome == AcquireOutcome.Acquired;

            // The session ended: a wiped Consul, a pause longer than its life. Its keys went with it; a new one takes this key again.
            _session = null;
            session = await GetSessionAsync(cancellationToken);
            return await client.KV.AcquireAsync(key, value, session, cancellationToken) == AcquireOutcome.Acquired;
        }
        finally
        {
            _gate.Release();
        }
    }

    public async Task ReleaseAsync(string key, CancellationToken cancellationToken)
    {
        if (_session is not { } session) return;
        var found = await client.KV.GetAsync(key, cancellationToken);
        if (found.Response is not { } pair || pair.Session != session) return;

        // A key that changed hands since is no longer this process's to remove: then the transaction does nothing.
        await client.Txn.CommitAsync([new("check-session", key, Session: session), new("delete-cas", key, Index: pair.ModifyIndex)], cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _renewing;
        if (_session is { } session) await EndAsync(session);
        _stop.Dispose();
        _gate.Dispose();
    }

    private async Task<string> GetSessionAsync(CancellationToken cancellationToken)
    {
        if (_session is { } living) return living;
        var session = await client.Session.CreateAsync($"traffic-shifter holds, process {Environment.ProcessId}", TimeToLive, SessionBehavior.Delete, cancellationToken);
        _session = session;
        if (_renewing.IsCompleted) _renewing = RenewAsync();
        return session;
    }

    private async Task RenewAsync()
    {
        using var timer = new PeriodicTimer(RenewEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(_stop.Token))
            {
                if (_session is { } session && !await TryRenewAsync(session)) Interlocked.CompareExchange(ref _session, null, session);
            }
        }
        catch (OperationCanceledException)
        {
            // The store is being disposed of.
        }
    }

    // False when the session is gone. A Consul that is away keeps it: the next tick tries again, and Consul counts from its own return.
    private async Task<bool> TryRenewAsync(string session)
    {
        try
        {
            return await client.Session.RenewAsync(session, _stop.Token);
        }
        catch (StoreException)
        {
            return true;
        }
    }

    private async Task EndAsync(string session)
    {
        try
        {
            await client.Session.DestroyAsync(session, CancellationToken.None);
        }
        catch (StoreException)
        {
            // Consul is away. It ends the session by itself when nobody renews it.
        }
    }
}
