using System.Diagnostics;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Targets;

namespace TrafficShifter.Server.Traffic;

/// <summary>Keeps <see cref="Current"/> at what the store says, by one blocking query on the feed.</summary>
/// <remarks>When the store is away nothing changes but <see cref="Age"/>: what was known stays.</remarks>
public sealed partial class TrafficFollower(ITrafficStore store, TargetDocuments targets, TimeProvider time, ILogger<TrafficFollower> logger) : BackgroundService
{
    /// <summary>Everything is read again this often, with up to a quarter of jitter, whatever the feed says.</summary>
    private TimeSpan ResyncInterval => ResyncPace.Of(Current.Apps.Count);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);
    private const int ReadAllAbove = 512;
    private readonly TaskCompletionSource _firstRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly FollowerAudience _audience = new(logger);
    private readonly Dictionary<string, ulong> _read = [];
    private readonly OwnWrites _own = new();
    private FeedPosition _position = FeedPosition.Start;
    private TrafficSnapshot _current = TrafficSnapshot.Empty;
    private long? _lastContact;

    public TrafficSnapshot Current => Volatile.Read(ref _current);

    /// <summary>Completes when the store has been read for the first time.</summary>
    public Task FirstRead => _firstRead.Task;

    /// <summary>Time since the store was last heard of; null before the first time.</summary>
    public TimeSpan? Age => _lastContact is { } at ? time.GetElapsedTime(at) : null;

    /// <summary>Why the store cannot be followed now; null when it can.</summary>
    public string? Problem { get; private set; }

    /// <summary>Calls <paramref name="listener"/> with what is known now, and then at every change. It must return at once.</summary>
    public void Subscribe(Action<TrafficSnapshot, IReadOnlySet<AppName>> listener)
    {
        lock (_gate)
        {
            _audience.Add(listener);
            listener(_current, _current.Apps.Keys.ToHashSet());
        }
    }

    /// <summary>Calls <paramref name="ear"/> with the keys that the feed names, whatever they are; with null when some may have been missed. It must return at once.</summary>
    public void Overhear(Action<IReadOnlyCollection<string>?> ear) => _audience.Add(ear);

    /// <summary>Starts from what an agent kept on its disk, before the store has been heard of.</summary>
    public void Begin(TrafficSnapshot kept)
    {
        lock (_gate)
        {
            if (_current.Index == 0) Publish(kept, kept.Apps.Keys.ToHashSet());
        }
    }

    /// <summary>Takes in what this process wrote itself, before the feed tells of it. Where that is not certain to be all, the feed is waited for.</summary>
    public void Follow(ChangeSet written, ulong index)
    {
        lock (_gate)
        {
            if (Problem is not null || _current.Follow(written, index) is not { } after) return;
            var keys = written.Changes.Where(c => c is Change.Put).Select(c => c.Key).ToList();
            _own.Note(keys, index);
            Publish(after, after.ChangedSince(_current, keys));
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var readAll = true;
        var due = time.GetTimestamp();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (readAll || time.GetTimestamp() >= due)
                {
                    await ReadAsync(all: readAll, stoppingToken);
                    due = time.GetTimestamp() + (long)(Jittered(ResyncInterval).TotalSeconds * time.TimestampFrequency);
                }
                readAll = await FollowAsync(TimeSpan.FromSeconds(Math.Max(1, time.GetElapsedTime(time.GetTimestamp(), due).TotalSeconds)), stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failed) when (failed is not StoreException)
            {
                // Whatever somebody wrote into the store, and whoever listens: following goes on.
                LogFailed(failed);
                readAll = true;
                await Task.Delay(Jittered(RetryDelay), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (StoreException away)
            {
                // A full read is heard of at once; a blocking query on a quiet store would leave it "away" for its whole wait.
                readAll = true;
                // It may be another store that comes back.
                lock (_gate) _own.Clear();
                if (Problem is null) LogAway(store.Name, away.Message);
                Problem = away.Message;
                await Task.Delay(Jittered(RetryDelay), time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Waits for the feed to change and takes in what it names. True when everything must be read.</summary>
    private async Task<bool> FollowAsync(TimeSpan wait, CancellationToken cancellationToken)
    {
        var feed = await store.WaitAsync(Keys.Feed, _position.Index, wait, cancellationToken);
        Heard();
        var news = _position.Read(feed);
        var keys = news.Keys.Where(k => TrafficSnapshot.Prefixes.Any(p => k.StartsWith(p, StringComparison.Ordinal))).ToList();
        if (news.MustReadAll || keys.Count > ReadAllAbove) return true;
        if (keys.Exists(key => TrafficSnapshot.Prefixes.Contains(key)))
        {
            // Much was written below it. What changed elsewhere is read with it.
            await ReadAsync(all: false, cancellationToken);
            return false;
        }
        var known = Current;
        // What this process wrote itself and followed at once is not read again.
        keys.RemoveAll(key => news.Written.TryGetValue(key, out var index) && known.Has(key, index));
        var found = (await FindAsync(keys, cancellationToken)).ToDictionary(e => e.Key, StringComparer.Ordinal);
        var read = new List<(string Key, Entry? Entry)>();
        foreach (var key in keys) read.Add((key, await targets.CompleteAsync(found.GetValueOrDefault(key), known, cancellationToken)));
        _position = news.Position;
        lock (_gate)
        {
            var before = _current;
            var newest = read.Where(r => !_own.IsOutdated(r.Key, r.Entry, feed.Index)).ToList();
            var after = before.With(newest, feed.Index);
            Publish(after, after.ChangedSince(before, newest.Select(r => r.Key)));
            _own.ForgetUpTo(feed.Index);
        }
        _audience.Tell(news.Keys);
        return false;
    }

    /// <summary>One key, as most news have, in the smallest request that there is.</summary>
    private async Task<IReadOnlyList<Entry>> FindAsync(List<string> keys, CancellationToken cancellationToken) => keys.Count switch
    {
        0 => [],
        1 => await store.FindAsync(keys[0], cancellationToken) is { } one ? [one] : [],
        _ => await store.FindAllAsync(keys, cancellationToken),
    };

    /// <summary>Reads everything; what stands as it stood at the last reading is not read again, unless <paramref name="all"/>.</summary>
    /// <remarks>
    /// 1. The feed is listed first: what changes during the reading is read a second time, never missed.
    /// 2. The index of a prefix tells whether anything below it changed since it was read, a few bytes however much is there. It is asked for before the prefix is read.
    /// 3. What could not be used is read again, whatever its index says: the part that was missing may be elsewhere.
    /// </remarks>
    private async Task ReadAsync(bool all, CancellationToken cancellationToken)
    {
        var feed = await store.ListAsync(Keys.Feed, cancellationToken);                                                                       // 1
        var indexes = await Task.WhenAll(TrafficSnapshot.Prefixes.Select(p => store.WaitForChangeAsync(p, 0, TimeSpan.Zero, cancellationToken))); // 2
        var before = Current;
        var isWhole = all || feed.Index < before.Index || before.Apps.Values.Any(a => a.HasUnusable);   // 3
        var prefixes = TrafficSnapshot.Prefixes.Where((p, i) => isWhole || _read.GetValueOrDefault(p) != indexes[i]).ToList();
        var listings = await Task.WhenAll(prefixes.Select(p => store.ListAsync(p, cancellationToken)));
        Heard();
        _position = FeedPosition.Start.Read(feed).Position;
        if (prefixes.Count > 0) await TakeInAsync(prefixes, listings, before, feed.Index, cancellationToken);
        foreach (var (prefix, index) in TrafficSnapshot.Prefixes.Zip(indexes)) _read[prefix] = index;
        _audience.Tell(keys: null);
        _firstRead.TrySetResult();
    }

    private async Task TakeInAsync(IReadOnlyCollection<string> prefixes, IReadOnlyList<Listing> listings, TrafficSnapshot before, ulong index, CancellationToken cancellationToken)
    {
        // An index that went backwards is another store's: what is known at the same index may be something else.
        var known = index < before.Index ? TrafficSnapshot.Empty : before;
        var entries = new List<Entry>();
        foreach (var entry in listings.SelectMany(l => l.Entries))
            if (await targets.CompleteAsync(entry, known, cancellationToken) is { } whole) entries.Add(whole);
        lock (_gate)
        {
            if (index < _current.Index) _own.Clear();
            var found = _own.IsEmpty ? [] : entries.ToDictionary(e => e.Key, StringComparer.Ordinal);
            var after = _current.WithAll(entries, prefixes, index, except: key => _own.IsOutdated(key, found.GetValueOrDefault(key), index));
            _own.ForgetUpTo(index);
            if (after.Apps.Values.Count(a => a.Exists && a.Definition.IsLost) is var lost and > 0) LogLost(store.Name, lost);
            Publish(after, after.ChangedSince(_current));
        }
    }

    private void Publish(TrafficSnapshot snapshot, IReadOnlySet<AppName> changed)
    {
        lock (_gate)
        {
            Volatile.Write(ref _current, snapshot);
            LogHeard(snapshot.Index, changed.Count);
            _audience.Tell(snapshot, changed);
        }
    }

    private void Heard()
    {
        _lastContact = time.GetTimestamp();
        if (Problem is not null) LogBack(store.Name);
        Problem = null;
    }

    private static TimeSpan Jittered(TimeSpan interval) => interval * (1 + Random.Shared.NextDouble() / 4);

    [LoggerMessage(EventId = 100, Level = LogLevel.Warning, Message = "{Store} cannot be followed; weights stay as they are: {Problem}")]
    private partial void LogAway(string store, string problem);

    [LoggerMessage(EventId = 101, Level = LogLevel.Information, Message = "{Store} is followed again")]
    private partial void LogBack(string store);

    [LoggerMessage(EventId = 104, Level = LogLevel.Debug, Message = "Heard of index {Index}; applications changed: {Count}")]
    private partial void LogHeard(ulong index, int count);

    [LoggerMessage(EventId = 103, Level = LogLevel.Error, Message = "A turn of following the store failed; everything is read anew")]
    private partial void LogFailed(Exception failed);

    [LoggerMessage(EventId = 102, Level = LogLevel.Error, Message = "kv-lost: {Count} applications vanished from {Store} without being deleted; their traffic is left as it is")]
    private partial void LogLost(string store, int count);
}
