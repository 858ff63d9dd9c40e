using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.HAProxy.AccessLogs;

namespace TrafficShifter.Server.Evidence;

/// <summary>What one node's access log says of each application and colour. Counts without allocating.</summary>
/// <remarks>
/// A request belongs to the colour that it was meant for. All members may be called from any thread; a batch of records takes the gate once.
/// </remarks>
internal sealed class NodeEvidence
{
    /// <summary>How long an application's series stay after its rollout has ended.</summary>
    public static readonly TimeSpan Linger = TimeSpan.FromMinutes(10);

    /// <summary>How long after the first start of an agent every worker of HAProxy may be older than the agent.</summary>
    private static readonly TimeSpan Adopting = TimeSpan.FromMinutes(1);

    /// <summary>One for the second in which a connection was made, and the two that <see cref="LogSources"/> compares.</summary>
    private const int SettlingTurns = 3;

    private readonly Lock _gate = new();
    private readonly Memory<long> _block;
    private readonly TimeProvider _time;
    private readonly EvidenceSlots _slots;
    private readonly EvidenceRoutes _routes = new();
    private readonly LogSources _sources;
    private readonly HashSet<AppName> _running = [];
    private readonly long _started;
    private readonly Redispatches _redispatches = new();
    private readonly RequestCounter _counter;
    private long _dropped;
    private int _settling;

    /// <param name="block">The counters, in <see cref="EvidenceLayout"/>'s order; they begin where they were left.</param>
    /// <param name="isNew">The block is empty: HAProxy may have written long before.</param>
    public NodeEvidence(string node, Memory<long> block, bool isNew, TimeProvider time)
    {
        (Node, _block, _time, _started) = (node, block, time, time.GetTimestamp());
        (_slots, _sources, _counter) = (new EvidenceSlots(block), new LogSources(block, isNew), new RequestCounter(block, _routes, _redispatches));
    }

    public string Node { get; }

    /// <summary>What is wrong with the counting itself, as a sentence; null when nothing is.</summary>
    public string? Problem { get; private set; }

    public long Received => Word(EvidenceLayout.Received);

    public long Lost => EvidenceWords.LostReasons.Sum(reason => Word(EvidenceLayout.Of(reason)));

    /// <summary>Counts whole records out of a part of a stream. Returns how many of its bytes are done with; -1 when the stream is out of step and must be closed.</summary>
    public int Take(OctetFrames frames, ReadOnlySpan<byte> stream)
    {
        lock (_gate)
        {
            var now = Now();
            var at = 0;
            while (true)
            {
                var result = frames.TryTake(stream[at..], out var record, out var taken);
                at += taken;
                if (result == FrameResult.NeedsMore) return at;
                if (result == FrameResult.Record) Take(record, now);
                else _counter.Reject(result == FrameResult.Oversize ? RejectReason.Oversize : RejectReason.Framing);
                if (result == FrameResult.OutOfStep) return -1;
            }
        }
    }

    /// <summary>Counts one record, of a datagram.</summary>
    public void Take(ReadOnlySpan<byte> record)
    {
        lock (_gate) Take(record, Now());
    }

    /// <summary>Takes in which applications there are, and which have a rollout.</summary>
    public void Follow(TrafficSnapshot snapshot, IReadOnlySet<AppName> changed)
    {
        lock (_gate)
        {
            foreach (var (app, slot) in _routes.Follow(snapshot, changed, _slots.Take))
            {
                _slots.Free(slot);
                _running.Remove(app);
                // Its slot is another application's from now on.
                _counter.Lose(_redispatches.Forget());
            }
            // A state that was not read yet says nothing: what the last process knew holds.
            foreach (var app in changed)
                if (snapshot.Find(app).State.Value is { Rollout: not null }) _running.Add(app);
                else _running.Remove(app);
            Problem = _slots.IsFull ? $"more than {EvidenceLayout.MaxApps} applications: those beyond give no evidence" : null;
            Tick();
        }
    }

    /// <summary>Once a second: which series there are, and what turned out to be lost.</summary>
    /// <param name="dropped">Records that HAProxy says it had no room for, since the last time.</param>
    public void Turn(long dropped)
    {
        lock (_gate)
        {
            Tick();
            if (_settling > 0) _settling--;
            if (_time.GetElapsedTime(_started) > Adopting) _sources.Adopts = false;
            var lost = _sources.Settle();
            var words = _block.Span;
            _dropped += dropped;
            var known = Math.Min(lost, _dropped);
            _dropped -= known;
            words[EvidenceLayout.Of(LostReason.Dropped)] += known;
            words[EvidenceLayout.Of(LostReason.Unread)] += lost - known;
        }
    }

    /// <summary>HAProxy connected: what was on the way when the last connection ended may be lost, and is settled in <see cref="SettlingTurns"/> turns.</summary>
    public void NoteConnection()
    {
        lock (_gate) _settling = SettlingTurns;
    }

    /// <summary>HAProxy connected a moment ago, and it is not known yet whether something was lost before.</summary>
    public bool IsSettling
    {
        get
        {
            lock (_gate) return _settling > 0;
        }
    }

    /// <summary>Calls <paramref name="write"/> inside the gate, with the applications of which it has counters.</summary>
    public void Read(Action<EvidenceReading> write)
    {
        lock (_gate) write(new EvidenceReading(Node, _block, _routes.Apps, _slots, Now()));
    }

    /// <summary>Backends whose counters are to be read: those of applications with a rollout, and those of redispatched requests.</summary>
    public IReadOnlyList<ProxyName> FindWatched()
    {
        lock (_gate) return [.. _running.Where(_routes.Apps.ContainsKey).SelectMany(app => _routes.Apps[app].Routing.Backends).Concat(_redispatches.Backends).Distinct()];
    }

    /// <summary>Takes HAProxy's own counters of these backends.</summary>
    public void Compare(IReadOnlyDictionary<ProxyName, BackendCounts> backends)
    {
        lock (_gate)
            foreach (var (backend, counts) in backends)
                if (_routes.FindBackend(Encoding.ASCII.GetBytes(backend.Value)) is { Apps.Count: > 0 } servers) _counter.Lose(_redispatches.Settle(servers, counts, Now(), _counter.Count));
    }

    /// <summary>How many records named each of these backends since the process began; a backend of no application is absent.</summary>
    public IReadOnlyDictionary<ProxyName, long> CountRecords(IEnumerable<ProxyName> backends)
    {
        var counts = new Dictionary<ProxyName, long>();
        lock (_gate)
            foreach (var backend in backends)
                if (_routes.FindBackend(Encoding.ASCII.GetBytes(backend.Value)) is { } servers) counts[backend] = servers.Records;
        return counts;
    }

    private void Take(ReadOnlySpan<byte> bytes, long now)
    {
        if (!AccessRecordReader.TryRead(bytes, out var record, out var reason))
        {
            _counter.Reject(reason);
            return;
        }
        if (!_sources.TryFind(record, now))
        {
            _counter.Reject(RejectReason.Source);
            return;
        }
        _counter.Count(record);
        _sources.Note(record, now);
        _block.Span[EvidenceLayout.Received]++;
    }

    private void Tick()
    {
        foreach (var app in _running)
            if (_routes.Apps.TryGetValue(app, out var known)) _slots.SetActive(known.Slot, Now());
    }

    private long Word(int at)
    {
        lock (_gate) return _block.Span[at];
    }

    private long Now() => _time.GetUtcNow().ToUnixTimeSeconds();
}
