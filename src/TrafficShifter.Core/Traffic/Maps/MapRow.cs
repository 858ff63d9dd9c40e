namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>One row of a HAProxy map. No row can end a Runtime API command, begin another, or become a comment in a file.</summary>
public sealed record MapRow
{
    /// <summary>Most characters of a key or of a value.</summary>
    public const int MaxLength = 512;

    /// <exception cref="ArgumentException">The key or value cannot stand in a map; the message says why.</exception>
    public MapRow(string key, string value)
    {
        if ((FindProblem(key) ?? FindProblem(value)) is { } problem) throw new ArgumentException(problem);
        (Key, Value) = (key, value);
    }

    public string Key { get; }

    public string Value { get; }

    /// <summary>What is wrong with <paramref name="text"/> as a key or a value, as a sentence; null when nothing is.</summary>
    public static string? FindProblem(string text)
    {
        if (text.Length is 0 or > MaxLength) return $"a map's key or value has 1 to {MaxLength} characters, not {text.Length}";
        if (text[0] == '#') return "a map's key does not begin with '#': HAProxy reads such a line as a comment";
        foreach (var c in text)
            if (c is <= ' ' or > '~' or ';' or '\\' or '<') return $"a map's key or value is made of printable ASCII without space, ';', '\\' and '<'; found U+{(int)c:X4}";
        return null;
    }

    /// <summary>As it stands in a file.</summary>
    public override string ToString() => $"{Key} {Value}";
}
