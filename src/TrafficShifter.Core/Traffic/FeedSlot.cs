using System.Collections.Immutable;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic;

/// <summary>One of a writer's slots as the writer knows it: the number that is its next, and the keys of the changes before.</summary>
/// <remarks>A change that was not written, for certain, leaves the slot as it is: no number is missing, and nobody reads everything because of it.</remarks>
public sealed class FeedSlot
{
    /// <summary>Changes before the last that a slot tells of: a follower may miss eight in each slot.</summary>
    public const int MostBefore = 7;

    /// <summary>Keys of changes before that a slot names: what a follower reads at each change must stay small.</summary>
    public const int MostKeys = 64;

    private readonly string _writer;
    private readonly long _first;
    private readonly long _number;
    private readonly ImmutableList<IReadOnlyList<string>> _before;

    private FeedSlot(string writer, long first, long number, ImmutableList<IReadOnlyList<string>> before) => (_writer, _first, _number, _before) = (writer, first, number, before);

    /// <summary>A slot that this process of the writer has not written yet.</summary>
    /// <param name="first">What the process counts above.</param>
    /// <param name="slot">Which one, from 0.</param>
    public static FeedSlot Begin(string writer, long first, int slot)
    {
        var number = first + 1;
        while (number % FeedEntry.Slots != slot) number++;
        return new FeedSlot(writer, first, number, []);
    }

    /// <summary>What goes into the transaction that writes these keys.</summary>
    public Change Tell(IReadOnlyList<string> keys) => new Change.Set(
        Keys.FeedSlot(_writer, (int)(_number % FeedEntry.Slots)),
        DocumentJson.Write(new FeedEntry { Number = _number, First = _first, Keys = keys, Before = _before.Count > 0 ? _before : null }));

    /// <summary>The slot after these keys were written, or may have been.</summary>
    public FeedSlot After(IReadOnlyList<string> keys)
    {
        var (before, left) = (ImmutableList.CreateBuilder<IReadOnlyList<string>>(), MostKeys);
        foreach (var change in _before.Prepend(keys).Take(MostBefore))
        {
            if ((left -= change.Count) < 0) break;
            before.Add(change);
        }
        return new FeedSlot(_writer, _first, _number + FeedEntry.Slots, before.ToImmutable());
    }
}
