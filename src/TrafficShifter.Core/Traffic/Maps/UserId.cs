using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>A user as the trusted identity header names them: 1 to 128 printable ASCII characters without space, '|', ';', '\' and '&lt;', not beginning with '#'.</summary>
/// <remarks>'|' parts the user from the application in a key; the others would end a Runtime API command or become a comment in a map file.</remarks>
[JsonConverter(typeof(ParsableJsonConverter<UserId>))]
public sealed record UserId : IParsable<UserId>
{
    public const int MaxLength = 128;

    private UserId(string value) => Value = value;

    public string Value { get; }

    /// <summary>What is wrong with <paramref name="text"/> as a user id, as a sentence; null when nothing is.</summary>
    public static string? FindProblem(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "a user id is not empty";
        if (text.Length > MaxLength) return $"a user id has at most {MaxLength} characters, this one has {text.Length}";
        if (text[0] == '#') return "a user id does not begin with '#'";
        for (var i = 0; i < text.Length; i++)
            if (text[i] is <= ' ' or > '~' or '|' or ';' or '\\' or '<')
                return $"a user id is made of printable ASCII without space, '|', ';', '\\' and '<'; character {i + 1} is {AppName.Describe(text[i])}";
        return null;
    }

    /// <exception cref="FormatException">The text is not a user id; the message says why.</exception>
    public static UserId Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var id) ? id : throw new FormatException(FindProblem(s));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out UserId result)
    {
        result = FindProblem(s) is null ? new UserId(s!) : null;
        return result is not null;
    }

    public override string ToString() => Value;
}
