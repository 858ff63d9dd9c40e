using System.Collections.Immutable;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Ports;

/// <summary>One operation of a transaction.</summary>
public abstract record Change(string Key)
{
    /// <summary>Writes the value if the key's ModifyIndex is <paramref name="Expected"/> (0: only if there is no such key).</summary>
    public sealed record Put(string Key, string Value, ulong Expected) : Change(Key);

    /// <summary>Writes the value whatever is there: the feed, history.</summary>
    public sealed record Set(string Key, string Value) : Change(Key)
    {
        /// <summary>The document that <see cref="Value"/> is, for those who would have to read it again; null where nobody kept it.</summary>
        internal Document? Document { get; init; }

        public bool Equals(Set? other) => other is not null && Key == other.Key && Value == other.Value;

        public override int GetHashCode() => HashCode.Combine(Key, Value);
    }

    /// <summary>Removes the key if its ModifyIndex is <paramref name="Expected"/>.</summary>
    public sealed record Remove(string Key, ulong Expected) : Change(Key);

    /// <summary>Writes nothing; the transaction fails unless the key's ModifyIndex is <paramref name="Expected"/> (0: no such key).</summary>
    public sealed record Unchanged(string Key, ulong Expected) : Change(Key);
}

/// <summary>Proof of leadership that a transaction carries: it fails unless the lock key is held by this session.</summary>
public sealed record LeaderFence(string Key, string Session);

/// <summary>What is written together or not at all: at most <see cref="MaxOperations"/> operations, the fence counted.</summary>
public sealed record ChangeSet(ImmutableList<Change> Changes, LeaderFence? Fence = null)
{
    /// <summary>Consul's own limit (1.8: "too many operations (65 &gt; 64)").</summary>
    public const int MaxOperations = 64;

    public static readonly ChangeSet Empty = new([]);

    public int Operations => Changes.Count + (Fence is null ? 0 : 1);

    public ChangeSet With(params Change[] changes) => this with { Changes = Changes.AddRange(changes) };
}

/// <summary>How a transaction ended. Losing a race is an outcome, not an exception.</summary>
public abstract record CommitResult
{
    private CommitResult() { }

    /// <summary>Everything was written; <paramref name="Index"/> is the ModifyIndex of every key in it.</summary>
    public sealed record Committed(ulong Index) : CommitResult;

    /// <summary>Nothing was written: these keys were not at the expected index.</summary>
    public sealed record Conflict(IReadOnlyList<string> Keys) : CommitResult;

    /// <summary>Nothing was written: the fence's session no longer holds the lock.</summary>
    public sealed record Deposed : CommitResult;
}
