namespace TrafficShifter.Core.Ports;

/// <summary>One key of the store as it was read. Keys are relative to the installation's prefix: <c>weights/shop</c>.</summary>
/// <param name="ModifyIndex">Index of the transaction that wrote it. All keys of one transaction have the same one.</param>
/// <param name="Session">Session that holds the key as a lock; null when none does.</param>
public sealed record Entry(string Key, string Value, ulong ModifyIndex, string? Session = null);

/// <summary>What a prefix held at <paramref name="Index"/>. Pass the index on to wait for the next change.</summary>
public sealed record Listing(IReadOnlyList<Entry> Entries, ulong Index);
