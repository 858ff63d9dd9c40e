using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>The latest desired state, and which applications changed since it was last taken. Many offers become one turn.</summary>
public sealed class DesiredInbox
{
    private readonly Lock _gate = new();
    private readonly TurnSignal _arrived = new();
    private readonly HashSet<AppName> _changed = [];
    private bool _areAllChanged;
    private TrafficSnapshot _latest = TrafficSnapshot.Empty;
    private bool _pending;
    private bool _offered;
    private long _offers;

    public bool IsEmpty
    {
        get
        {
            lock (_gate) return !_pending;
        }
    }

    /// <summary>Index of the latest state.</summary>
    public ulong Index
    {
        get
        {
            lock (_gate) return _latest.Index;
        }
    }

    /// <inheritdoc cref="AppTraffic.OwnIndex"/>
    public ulong OwnIndexOf(AppName app)
    {
        lock (_gate) return _latest.Find(app).OwnIndex;
    }

    /// <summary>Returns a number that grows with every offer; <see cref="Take"/> says which was the last that it took.</summary>
    /// <param name="changed">Names of applications in the snapshot.</param>
    public long Offer(TrafficSnapshot snapshot, IReadOnlySet<AppName> changed)
    {
        long number;
        lock (_gate)
        {
            number = ++_offers;
            _latest = snapshot;
            // Thousands that all changed are not gone through one by one.
            if (changed.Count >= snapshot.Apps.Count) _areAllChanged = true;
            else _changed.UnionWith(changed);
            _pending = true;
            _offered = true;
        }
        _arrived.End();
        return number;
    }

    public (TrafficSnapshot Snapshot, IReadOnlyList<AppName> Changed, long Number) Take()
    {
        lock (_gate)
        {
            List<AppName> changed = [.. _areAllChanged ? _latest.Apps.Keys : _changed];
            _changed.Clear();
            _areAllChanged = false;
            _pending = false;
            _offered = false;
            return (_latest, changed, _offers);
        }
    }

    /// <summary>Waits up to <paramref name="wait"/> until what was written at <paramref name="index"/> is known here, whatever becomes of it; returns up to where everything of the application is.</summary>
    public async Task<ulong> HearAsync(AppName app, ulong index, TimeSpan wait, TimeProvider time, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        while (true)
        {
            var arrived = _arrived.Next;
            var heard = Math.Max(Index, OwnIndexOf(app));
            var left = wait - time.GetElapsedTime(began);
            if (heard >= index || left <= TimeSpan.Zero) return heard;
            await arrived.WaitAsync(left, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>What could not be done is still to do.</summary>
    public void PutBack(IEnumerable<AppName> changed)
    {
        lock (_gate)
        {
            _changed.UnionWith(changed);
            _pending = true;
        }
    }

    /// <summary>Returns when something is offered, or after <paramref name="atMost"/>.</summary>
    public Task WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken cancellationToken)
    {
        var arrived = _arrived.Next;
        lock (_gate)
        {
            if (_offered) return Task.CompletedTask;
        }
        return arrived.WaitAsync(atMost, time, cancellationToken).ContinueWith(static _ => { }, TaskScheduler.Default);
    }
}
