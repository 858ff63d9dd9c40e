using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Apps;

/// <summary>The name of an application: 1 to 63 of a–z, 0–9 and '-', beginning and ending with a letter or digit.</summary>
/// <remarks>The rule of a DNS label: such a name is safe in a KV key, a URL, a HAProxy command and a map row alike.</remarks>
[JsonConverter(typeof(ParsableJsonConverter<AppName>))]
public sealed record AppName : IParsable<AppName>
{
    public const int MaxLength = 63;

    private AppName(string value) => Value = value;

    public string Value { get; }

    /// <summary>What is wrong with <paramref name="text"/> as a name, as a sentence; null when nothing is.</summary>
    public static string? FindProblem(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "an application needs a name";
        if (text.Length > MaxLength) return $"an application name has at most {MaxLength} characters, this one has {text.Length}";
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            var inside = i > 0 && i < text.Length - 1;
            if (char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || (c == '-' && inside)) continue;
            return $"an application name is made of a-z, 0-9 and '-' and begins and ends with a letter or digit; "
                + $"character {i + 1} is {Describe(c)}";
        }
        return null;
    }

    /// <exception cref="FormatException">The text is not a name; the message says why.</exception>
    public static AppName Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var name) ? name : throw new FormatException(FindProblem(s));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out AppName result)
    {
        result = FindProblem(s) is null ? new AppName(s!) : null;
        return result is not null;
    }

    // Names are compared and looked up by the ten thousand.
    public bool Equals(AppName? other) => ReferenceEquals(this, other) || (other is not null && string.Equals(Value, other.Value));

    public override int GetHashCode() => Value.GetHashCode();

    public override string ToString() => Value;

    internal static string Describe(char c) =>
        char.IsControl(c) || c > '~' || c == ' ' ? $"U+{(int)c:X4}" : $"'{c}'";
}
