using System.Collections.Concurrent;
using System.Text;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Consul;

/// <summary>The desired state in Consul KV, below the installation's prefix.</summary>
public sealed class ConsulTrafficStore : ITrafficStore, IAsyncDisposable
{
    private readonly ConsulClient _client;
    private readonly string _root;
    private readonly HoldingSession _holding;

    // The last index that the server gave for a question. Emptied whenever Consul was away: it may be another one that comes back.
    private readonly ConcurrentDictionary<string, ulong> _given = new();

    public ConsulTrafficStore(ConsulClient client, TimeProvider time)
    {
        _client = client;
        _root = client.Options.Prefix;
        _holding = new HoldingSession(client, time);
    }

    public string Name => _client.Name;

    /// <summary>Asks at start-up whether Consul answers and takes the token.</summary>
    /// <exception cref="StoreException">It does not; the message says why.</exception>
    public Task CheckAccessAsync(CancellationToken cancellationToken) => _client.CheckAccessAsync(cancellationToken);

    public async Task<Entry?> FindAsync(string key, CancellationToken cancellationToken) =>
        (await _client.KV.GetAsync(_root + key, cancellationToken)).Response is { } pair ? ToEntry(pair) : null;

    /// <summary>Many keys in few requests: a transaction of reads holds <see cref="ChangeSet.MaxOperations"/>.</summary>
    public async Task<IReadOnlyList<Entry>> FindAllAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        var found = new List<Entry>(keys.Count);
        foreach (var some in keys.Distinct(StringComparer.Ordinal).Chunk(ChangeSet.MaxOperations))
            found.AddRange(await FindSomeAsync(some, cancellationToken));
        return found;
    }

    private async Task<IEnumerable<Entry>> FindSomeAsync(string[] keys, CancellationToken cancellationToken)
    {
        try
        {
            if (await _client.Txn.GetAsync([.. keys.Select(key => _root + key)], cancellationToken) is { } pairs) return pairs.Select(ToEntry);
        }
        catch (StoreUnavailableException)
        {
            // A connection that was closed meanwhile: reads of one key try twice, and say for certain whether Consul is away.
        }
        return (await Task.WhenAll(keys.Select(key => FindAsync(key, cancellationToken)))).OfType<Entry>();
    }

    public Task<Listing> ListAsync(string prefix, CancellationToken cancellationToken) =>
        NoteAsync(prefix, async () => ToListing(await _client.KV.ListAsync(_root + prefix, null, cancellationToken)), listing => listing.Index);

    /// <summary>One transaction of reads. Unlike a listing, it costs a prefix with nothing below it no second request.</summary>
    public async Task<IReadOnlyList<Entry>> ListAllAsync(IReadOnlyCollection<string> prefixes, CancellationToken cancellationToken)
    {
        try
        {
            return [.. (await _client.Txn.ListAsync([.. prefixes.Select(prefix => _root + prefix)], cancellationToken)).Select(ToEntry)];
        }
        catch (StoreUnavailableException)
        {
            // A connection that was closed meanwhile: listings try twice, and say for certain whether Consul is away.
        }
        return [.. (await Task.WhenAll(prefixes.Select(prefix => ListAsync(prefix, cancellationToken)))).SelectMany(listing => listing.Entries)];
    }

    public async Task<IReadOnlyList<string>> ListNamesAsync(string prefix, CancellationToken cancellationToken)
    {
        var keys = await _client.KV.KeysAsync(_root + prefix, "/", null, cancellationToken);

        // No keys and no right to see them look alike; one key is refused aloud.
        if (keys.Response.Count == 0) await _client.KV.GetAsync(_root + prefix, cancellationToken);
        return [.. keys.Response.Select(key => key[_root.Length..]).Order(StringComparer.Ordinal)];
    }

    public Task<Listing> WaitAsync(string prefix, ulong index, TimeSpan wait, CancellationToken cancellationToken) =>
        FollowAsync(
            prefix,
            async options => ToListing(await _client.KV.ListAsync(_root + prefix, options, cancellationToken)),
            listing => listing.Index,
            index,
            wait);

    public Task<ulong> WaitForChangeAsync(string prefix, ulong index, TimeSpan wait, CancellationToken cancellationToken)
    {
        // Without its last '/', everything below the prefix folds into the one name "weights/": 22 bytes, however many there are.
        var folded = _root + prefix.TrimEnd('/');
        return FollowAsync($"keys of {prefix}", AskAsync, now => now, index, wait);

        async Task<ulong> AskAsync(QueryOptions? options)
        {
            var keys = await _client.KV.KeysAsync(folded, "/", options, cancellationToken);

            // No keys and no right to see them look alike; one key is refused aloud.
            if (keys.Response.Count == 0) await _client.KV.GetAsync(_root + prefix, cancellationToken);
            return keys.LastIndex;
        }
    }

    public async Task<CommitResult> CommitAsync(ChangeSet changes, CancellationToken cancellationToken)
    {
        if (changes.Operations is 0 or > ChangeSet.MaxOperations)
            throw new ArgumentException($"a transaction has 1 to {ChangeSet.MaxOperations} operations, not {changes.Operations}", nameof(changes));
        var operations = ChangeSetTxn.ToOperations(changes, _root);
        var response = await _client.Txn.CommitAsync(operations, cancellationToken);
        if (response.Errors is { Count: > 0 } errors) return ChangeSetTxn.ToFailure(changes, errors);
        return new CommitResult.Committed(ChangeSetTxn.FindIndex(changes, response, _root) ?? await AskIndexAsync(changes, cancellationToken));
    }

    public Task<bool> TryHoldAsync(string key, string value, CancellationToken cancellationToken) =>
        _holding.TryHoldAsync(_root + key, value, cancellationToken);

    public Task ReleaseAsync(string key, CancellationToken cancellationToken) => _holding.ReleaseAsync(_root + key, cancellationToken);

    /// <summary>Ends the session, and with it every key that this process holds.</summary>
    public ValueTask DisposeAsync() => _holding.DisposeAsync();

    /// <summary>A blocking query that survives a Consul which was wiped or restored meanwhile.</summary>
    /// <remarks>
    /// 1. Consul holds a query whose index is ahead of its own for the whole wait, and a new Consul counts from the beginning.
    ///    So an index is waited from only if this Consul has given it; any other is first compared with what is there.
    /// 2. Then Consul is asked to wait, never longer than the option allows: that bounds what a Consul exchanged between two requests can cost.
    /// </remarks>
    private async Task<T> FollowAsync<T>(string question, Func<QueryOptions?, Task<T>> ask, Func<T, ulong> indexOf, ulong index, TimeSpan wait)
    {
        var limit = wait < _client.Options.Wait ? wait : _client.Options.Wait;
        var isGiven = index > 0 && _given.TryGetValue(question, out var last) && index <= last;
        if (!isGiven || limit <= TimeSpan.Zero)
        {
            var now = await NoteAsync(question, () => ask(null), indexOf);                       // 1
            if (indexOf(now) != index || limit <= TimeSpan.Zero) return now;
        }
        return await NoteAsync(question, () => ask(new QueryOptions(index, limit)), indexOf);    // 2
    }

    private async Task<T> NoteAsync<T>(string question, Func<Task<T>> ask, Func<T, ulong> indexOf)
    {
        try
        {
            var answer = await ask();
            _given[question] = indexOf(answer);
            return answer;
        }
        catch (StoreUnavailableException)
        {
            _given.Clear();
            throw;
        }
    }

    // Consul returns no result for a removal. Asked for a key that is gone, it tells the index of the newest change, which is this one or later.
    private async Task<ulong> AskIndexAsync(ChangeSet changes, CancellationToken cancellationToken) =>
        (await _client.KV.GetAsync(_root + changes.Changes.OfType<Change.Remove>().First().Key, cancellationToken)).LastIndex;

    private Listing ToListing(QueryResult<IReadOnlyList<KVPair>> result) =>
        new([.. result.Response.Select(ToEntry).OrderBy(entry => entry.Key, StringComparer.Ordinal)], result.LastIndex);

    private Entry ToEntry(KVPair pair) =>
        new(pair.Key[_root.Length..], Encoding.UTF8.GetString((pair.Value ?? default).Span), pair.ModifyIndex, pair.Session is { Length: > 0 } session ? session : null);
}
