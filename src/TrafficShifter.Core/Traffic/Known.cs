using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Traffic;

/// <summary>A document as far as it is known: the last good value, and what is wrong with what stands there now.</summary>
/// <param name="Value">The last value that was valid; null when there never was one.</param>
/// <param name="ModifyIndex">Index of that value; 0 when there never was one.</param>
/// <param name="Problem">Why what stands in the store now is ignored; null when it is the value.</param>
/// <param name="LatestIndex">Index of what stands in the store now, valid or not; 0 when the key is not there.</param>
public sealed record Known<T>(T? Value, ulong ModifyIndex, string? Problem, ulong LatestIndex)
    where T : Document
{
    public static readonly Known<T> Nothing = new(null, 0, null, 0);

    /// <summary>The key was there and vanished without a tombstone: a wiped store, or a hand that slipped. The value is kept.</summary>
    public bool IsLost => LatestIndex == 0 && Value is not null;

    /// <summary>The value without its indexes: they belong to a store that is no more.</summary>
    public Known<T> Rebased() => this with { ModifyIndex = 0, LatestIndex = 0, Problem = null };

    /// <summary>What is known after <paramref name="reading"/> (null: the key is not there). A bad or missing value never replaces a good one.</summary>
    public Known<T> Next(Reading<T>? reading) => reading switch
    {
        null => this with { LatestIndex = 0, Problem = null },
        Reading<T>.Good good => new(good.Value, good.ModifyIndex, null, good.ModifyIndex),
        Reading<T>.Broken broken => this with { Problem = broken.Problem, LatestIndex = broken.ModifyIndex },
        _ => throw new InvalidOperationException($"unknown reading {reading.GetType().Name}"),
    };
}
