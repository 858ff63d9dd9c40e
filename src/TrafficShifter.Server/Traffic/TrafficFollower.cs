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
    public static readonly TimeSpan ResyncInterval = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(500);
    private const int ReadAllAbove = 64;
    private readonly TaskCompletionSource _firstRead = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly List<Action<TrafficSnapshot, IReadOnlySet<AppName>>> _listeners = [];
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
            _listeners.Add(listener);
            listener(_current, _current.Apps.Keys.ToHashSet());
        }
    }

    /// <summary>Starts from what an agent kept on its disk, before the store has been heard of.</summary>
    public void Begin(TrafficSnapshot kept)
    {
        lock (_gate)
        {
            if (_current.Index == 0) Publish(kept, kept.Apps.Keys.ToHashSet());
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
                    await ReadAllAsync(stoppingToken);
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
        if (news.MustReadAll || news.Keys.Count > ReadAllAbove) return true;
        var keys = news.Keys.Where(k => TrafficSnapshot.Prefixes.Any(p => k.StartsWith(p, StringComparison.Ordinal)));
        var before = Current;
        var read = await Task.WhenAll(keys.Select(async key => (key, await targets.CompleteAsync(await store.FindAsync(key, cancellationToken), before, cancellationToken))));
        _position = news.Position;
        var after = before.With(read, feed.Index);
        Publish(after, after.ChangedSince(before));
        return false;
    }

    /// <summary>The feed is listed first: what changes during the reading is read a second time, never missed.</summary>
    private async Task ReadAllAsync(CancellationToken cancellationToken)
    {
        var feed = await store.ListAsync(Keys.Feed, cancellationToken);
        var listings = await Task.WhenAll(TrafficSnapshot.Prefixes.Select(p => store.ListAsync(p, cancellationToken)));
        Heard();
        _position = FeedPosition.Start.Read(feed).Position;
        var before = Current;
        // An index that went backwards is another store's: what is known at the same index may be something else.
        var known = feed.Index < before.Index ? TrafficSnapshot.Empty : before;
        var entries = new List<Entry>();
        foreach (var entry in listings.SelectMany(l => l.Entries))
            if (await targets.CompleteAsync(entry, known, cancellationToken) is { } whole) entries.Add(whole);
        var after = before.WithAll(entries, feed.Index);
        if (after.Apps.Values.Count(a => a.Exists && a.Definition.IsLost) is var lost and > 0) LogLost(store.Name, lost);
        Publish(after, after.ChangedSince(before));
        _firstRead.TrySetResult();
    }

    private void Publish(TrafficSnapshot snapshot, IReadOnlySet<AppName> changed)
    {
        lock (_gate)
        {
            Volatile.Write(ref _current, snapshot);
            LogHeard(snapshot.Index, changed.Count);
            foreach (var listener in _listeners) Tell(listener, snapshot, changed);
        }
    }

    private void Tell(Action<TrafficSnapshot, IReadOnlySet<AppName>> listener, TrafficSnapshot snapshot, IReadOnlySet<AppName> changed)
    {
        try
        {
            listener(snapshot, changed);
        }
        catch (Exception failed)
        {
            // One listener that fails must not keep the others from hearing.
            LogFailed(failed);
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
