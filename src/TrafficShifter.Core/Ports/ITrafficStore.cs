namespace TrafficShifter.Core.Ports;

/// <summary>Where the one desired state lives: a flat set of keys with an index that only grows.</summary>
/// <remarks>
/// Reads are never stale: what a returned commit wrote is seen by the next read of every process.
/// Every method throws <see cref="StoreException"/> when the store cannot be asked or refuses.
/// </remarks>
public interface ITrafficStore
{
    /// <summary>What people know the store by, in sentences: <c>Consul http://127.0.0.1:8500</c>.</summary>
    string Name { get; }

    /// <summary>Reads one key; null when there is none.</summary>
    Task<Entry?> FindAsync(string key, CancellationToken cancellationToken);

    /// <summary>Reads several keys, whatever their number; one that is not there is left out. Each is as new as by <see cref="FindAsync"/>, and not all need be of one moment.</summary>
    Task<IReadOnlyList<Entry>> FindAllAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken);

    /// <summary>Reads all keys that begin with <paramref name="prefix"/>, in ordinal order.</summary>
    Task<Listing> ListAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>Reads all keys that begin with one of a few <paramref name="prefixes"/>, in one request where the store has one for it.</summary>
    /// <remarks>Keys that may not be read can be left out without a word: who must know that asks <see cref="ListAsync"/>.</remarks>
    Task<IReadOnlyList<Entry>> ListAllAsync(IReadOnlyCollection<string> prefixes, CancellationToken cancellationToken);

    /// <summary>The names of what is below <paramref name="prefix"/>, in ordinal order, each up to and with the next '/': <c>history/</c> gives <c>history/shop/</c>. No values are read.</summary>
    Task<IReadOnlyList<string>> ListNamesAsync(string prefix, CancellationToken cancellationToken);

    /// <summary>
    /// Returns the listing of <paramref name="prefix"/> as soon as its index differs from <paramref name="index"/>, or after <paramref name="wait"/>.
    /// Index 0 returns at once. An index that went backwards (a store restored or wiped) returns at once too: compare, do not assume.
    /// </summary>
    Task<Listing> WaitAsync(string prefix, ulong index, TimeSpan wait, CancellationToken cancellationToken);

    /// <summary>Like <see cref="WaitAsync"/>, but returns only the index: tells that something under the prefix changed, at a cost that does not depend on how much is there.</summary>
    Task<ulong> WaitForChangeAsync(string prefix, ulong index, TimeSpan wait, CancellationToken cancellationToken);

    /// <summary>Writes all of <paramref name="changes"/> or none. Never retried blindly.</summary>
    /// <exception cref="ArgumentException">More operations than <see cref="ChangeSet.MaxOperations"/>, or none.</exception>
    Task<CommitResult> CommitAsync(ChangeSet changes, CancellationToken cancellationToken);

    /// <summary>Writes a key that lives only as long as this process does: it is gone 10 to 20 s after the process stops renewing it.</summary>
    /// <remarks>False when another living process holds the key.</remarks>
    Task<bool> TryHoldAsync(string key, string value, CancellationToken cancellationToken);

    /// <summary>Removes a key that <see cref="TryHoldAsync"/> wrote, if this process holds it.</summary>
    Task ReleaseAsync(string key, CancellationToken cancellationToken);
}

/// <summary>The store could not do what was asked. The message names the store, the request and the reply.</summary>
public class StoreException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The store is away, has no leader or does not answer: nobody knows whether a write took effect. Trying again later may work.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : StoreException(message, inner);

/// <summary>The store refused: a missing or wrong token, a policy, a limit. Trying again will not help; nothing was written.</summary>
public sealed class StoreRefusedException(string message, Exception? inner = null) : StoreException(message, inner);
