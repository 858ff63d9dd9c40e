using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>A group of users: 1 to 64 of A–Z, a–z, 0–9, '-', '_', '.' and ':'. Case matters.</summary>
[JsonConverter(typeof(ParsableJsonConverter<GroupName>))]
public sealed record GroupName : IParsable<GroupName>
{
    public const int MaxLength = 64;

    private GroupName(string value) => Value = value;

    public string Value { get; }

    /// <summary>What is wrong with <paramref name="text"/> as a group, as a sentence; null when nothing is.</summary>
    public static string? FindProblem(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "a group is not empty";
        if (text.Length > MaxLength) return $"a group has at most {MaxLength} characters, this one has {text.Length}";
        for (var i = 0; i < text.Length; i++)
            if (!char.IsAsciiLetterOrDigit(text[i]) && text[i] is not ('-' or '_' or '.' or ':'))
                return $"a group is made of A-Z, a-z, 0-9, '-', '_', '.' and ':'; character {i + 1} is {AppName.Describe(text[i])}";
        return null;
    }

    /// <exception cref="FormatException">The text is not a group; the message says why.</exception>
    public static GroupName Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var name) ? name : throw new FormatException(FindProblem(s));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out GroupName result)
    {
        result = FindProblem(s) is null ? new GroupName(s!) : null;
        return result is not null;
    }

    public override string ToString() => Value;
}
