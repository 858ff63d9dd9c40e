namespace TrafficShifter.Core.Traffic;

/// <summary>Which of several emergency rollbacks is the later one, where the clocks of those who took them may be wrong.</summary>
/// <remarks>
/// Overrides are ordered by their ids, which begin with the time. A clock that was hours ahead, or was set back, would make the next emergency an earlier one
/// than the last, and agents would not follow it. So the id of a new one is always above those that are known.
/// </remarks>
public static class OverrideOrder
{
    private const string Alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int TimeCharacters = 10;

    /// <summary>The id itself when it is above all of <paramref name="known"/>, else one that is of a millisecond later than they.</summary>
    /// <param name="id">A ULID.</param>
    /// <param name="known">What applications have as their <see cref="AppState.OverrideAck"/>, and ids that were given before; nulls and what is no ULID do not count.</param>
    public static string Later(string id, IEnumerable<string?> known)
    {
        var last = known.Where(k => k is not null && FindTime(k) is not null).MaxBy(k => k, StringComparer.Ordinal);
        return last is null || string.CompareOrdinal(last, id) < 0 ? id : After(last, id);
    }

    /// <summary>Of two ids the one that was given later.</summary>
    public static string Latest(string? known, string id) => string.CompareOrdinal(known, id) > 0 ? known! : id;

    /// <summary>Whether one rollback was given after another, by their ids; false when either id is missing or no ULID, as one that somebody wrote by hand.</summary>
    public static bool IsLater(string? id, string? than) =>
        id is not null && than is not null && FindTime(id) is not null && FindTime(than) is not null && string.CompareOrdinal(id, than) > 0;

    /// <summary>The time in a ULID: its first ten characters, milliseconds since 1970; null when it is none.</summary>
    public static DateTimeOffset? FindTime(string ulid)
    {
        if (ulid.Length < TimeCharacters) return null;
        long milliseconds = 0;
        foreach (var c in ulid.AsSpan(0, TimeCharacters))
        {
            if (Alphabet.IndexOf(c, StringComparison.Ordinal) is var value && value < 0) return null;
            milliseconds = (milliseconds << 5) + value;
        }
        return milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds) : null;
    }

    /// <summary>A millisecond later than <paramref name="last"/>, with the random part of <paramref name="id"/>: two that are made after the same one are not equal.</summary>
    private static string After(string last, string id)
    {
        var text = last.AsSpan(0, TimeCharacters).ToArray();
        for (var i = text.Length - 1; i >= 0; i--)
        {
            var value = Alphabet.IndexOf(text[i], StringComparison.Ordinal) + 1;
            text[i] = Alphabet[value % Alphabet.Length];
            if (value < Alphabet.Length) break;
        }
        return string.Concat(text, id.AsSpan(TimeCharacters));
    }
}
