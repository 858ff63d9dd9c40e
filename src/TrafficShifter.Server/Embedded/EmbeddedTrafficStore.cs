using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Embedded;

/// <summary>The desired state in one local file: what the one-process installation uses instead of Consul. Every commit is on the disk before it returns.</summary>
/// <remarks>
/// Behaves as Consul does, down to its surprises: a value that is there already keeps its index, and removing what is gone is no conflict.
/// Keys that a process holds live in memory only, so they are gone with it.
/// </remarks>
public sealed class EmbeddedTrafficStore : ITrafficStore, IDisposable
{
    /// <summary>Largest value in bytes, 512 KiB: Consul's limit, so that a document that fits here fits there.</summary>
    public const int MaxValueBytes = 512 * 1024;

    private readonly StoreFile _file;
    private readonly TimeProvider _time;
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly string _session = Guid.NewGuid().ToString();
    private volatile EmbeddedState _state;
    private volatile TaskCompletionSource _changed = NewSignal();

    private EmbeddedTrafficStore(StoreFile file, EmbeddedState state, TimeProvider time)
    {
        _file = file;
        _state = state;
        _time = time;
    }

    public string Name => $"Store {_file.Path}";

    /// <summary>Opens the file, or begins with an empty store where there is none.</summary>
    /// <exception cref="StoreException">The file is not readable or another process has it; the message says what to do. It is left as it is.</exception>
    public static EmbeddedTrafficStore Open(string path, TimeProvider time)
    {
        var file = StoreFile.Take(path);
        try
        {
            return new EmbeddedTrafficStore(file, file.Load(), time);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public Task<Entry?> FindAsync(string key, CancellationToken cancellationToken) => Task.FromResult(_state.Entries.GetValueOrDefault(key));

    public Task<IReadOnlyList<Entry>> FindAllAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var entries = _state.Entries;
        return Task.FromResult<IReadOnlyList<Entry>>([.. keys.Distinct(StringComparer.Ordinal).Select(key => entries.GetValueOrDefault(key)).OfType<Entry>()]);
    }

    public Task<Listing> ListAsync(string prefix, CancellationToken cancellationToken) => Task.FromResult(_state.List(prefix));

    public Task<IReadOnlyList<Entry>> ListAllAsync(IReadOnlyCollection<string> prefixes, CancellationToken cancellationToken)
    {
        var state = _state;
        return Task.FromResult<IReadOnlyList<Entry>>([.. prefixes.SelectMany(prefix => state.List(prefix).Entries)]);
    }

    public Task<IReadOnlyList<string>> ListNamesAsync(string prefix, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([.. _state.List(prefix).Entries.Select(entry => UpToSlash(entry.Key, prefix.Length)).Distinct()]);

    public async Task<Listing> WaitAsync(string prefix, ulong index, TimeSpan wait, CancellationToken cancellationToken)
    {
        var began = _time.GetTimestamp();
        while (true)
        {
            // The signal is taken before the state is read: a change in between has already set it.
            var changed = _changed.Task;
            var listing = _state.List(prefix);
            var left = wait - _time.GetElapsedTime(began);
            if (listing.Index != index || left <= TimeSpan.Zero) return listing;
            try
            {
                await changed.WaitAsync(left, _time, cancellationToken);
            }
            catch (TimeoutException)
            {
                return _state.List(prefix);
            }
        }
    }

    public async Task<ulong> WaitForChangeAsync(string prefix, ulong index, TimeSpan wait, CancellationToken cancellationToken) =>
        (await WaitAsync(prefix, index, wait, cancellationToken)).Index;

    public async Task<CommitResult> CommitAsync(ChangeSet changes, CancellationToken cancellationToken)
    {
        if (changes.Operations is 0 or > ChangeSet.MaxOperations)
            throw new ArgumentException($"a transaction has 1 to {ChangeSet.MaxOperations} operations, not {changes.Operations}", nameof(changes));
        RefuseTooLarge(changes);
        await _writing.WaitAsync(cancellationToken);
        try
        {
            var (result, next) = EmbeddedTransaction.Apply(_state, changes);
            if (next == _state) return result;
            await _file.SaveAsync(next, cancellationToken);
            Publish(next);
            return result;
        }
        finally
        {
            _writing.Release();
        }
    }

    public Task<bool> TryHoldAsync(string key, string value, CancellationToken cancellationToken) => TryHoldAsync(key, value, _session, cancellationToken);

    public Task ReleaseAsync(string key, CancellationToken cancellationToken) => ReleaseAsync(key, _session, cancellationToken);

    /// <summary>Gives the file free for another process.</summary>
    public void Dispose()
    {
        _file.Dispose();
        _writing.Dispose();
    }

    internal async Task<bool> TryHoldAsync(string key, string value, string session, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            var found = _state.Entries.GetValueOrDefault(key);
            if (found?.Session is { } holder && holder != session) return false;
            if (found?.Session is null || found.Value != value) Publish(_state.With(new Entry(key, value, _state.Index + 1, session)));
            return true;
        }
        finally
        {
            _writing.Release();
        }
    }

    internal async Task ReleaseAsync(string key, string session, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            if (_state.Entries.GetValueOrDefault(key)?.Session == session) Publish(_state.Without(key, _state.Index + 1));
        }
        finally
        {
            _writing.Release();
        }
    }

    private static string UpToSlash(string key, int from) => key.IndexOf('/', from) is >= 0 and var slash ? key[..(slash + 1)] : key;

    private void Publish(EmbeddedState next)
    {
        _state = next;
        Interlocked.Exchange(ref _changed, NewSignal()).SetResult();
    }

    private void RefuseTooLarge(ChangeSet changes)
    {
        foreach (var change in changes.Changes)
        {
            var bytes = System.Text.Encoding.UTF8.GetByteCount(change switch { Change.Put put => put.Value, Change.Set set => set.Value, _ => "" });
            if (bytes > MaxValueBytes) throw new StoreRefusedException($"{Name} refused to write {change.Key}: the value has {bytes} bytes, at most {MaxValueBytes} are allowed");
        }
    }

    // Waiters go on elsewhere: a commit does not run their code.
    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
