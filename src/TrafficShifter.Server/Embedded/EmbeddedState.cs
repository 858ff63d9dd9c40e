using System.Collections.Immutable;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Embedded;

/// <summary>Everything in the store at one moment.</summary>
/// <param name="Index">Index of the last transaction. Begins at 1, because waiting from 0 does not wait.</param>
/// <param name="Removals">For every folder (<c>weights/</c>) the index of the last removal from it: a removal is news too.</param>
internal sealed record EmbeddedState(ImmutableSortedDictionary<string, Entry> Entries, ulong Index, ImmutableDictionary<string, ulong> Removals)
{
    public static readonly EmbeddedState Empty = new(
        ImmutableSortedDictionary.Create<string, Entry>(StringComparer.Ordinal), 1, ImmutableDictionary.Create<string, ulong>(StringComparer.Ordinal));

    public EmbeddedState With(Entry entry) => this with { Entries = Entries.SetItem(entry.Key, entry), Index = entry.ModifyIndex };

    public EmbeddedState Without(string key, ulong index) => this with
    {
        Entries = Entries.Remove(key),
        Index = index,
        Removals = Removals.SetItem(key[..(key.LastIndexOf('/') + 1)], index),
    };

    public Listing List(string prefix)
    {
        var entries = Entries.Values.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal)).ToList();
        var index = Math.Max(1UL, entries.Select(entry => entry.ModifyIndex).DefaultIfEmpty().Max());
        foreach (var (folder, removed) in Removals)
        {
            var touches = folder.StartsWith(prefix, StringComparison.Ordinal) || prefix.StartsWith(folder, StringComparison.Ordinal);
            if (touches && removed > index) index = removed;
        }
        return new Listing(entries, index);
    }
}
