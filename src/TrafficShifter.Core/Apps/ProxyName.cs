using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Apps;

/// <summary>The name of a backend or server as HAProxy allows it: 1 to 128 of A–Z, a–z, 0–9, '-', '_', '.' and ':'.</summary>
/// <remarks>No such name holds a space, ';', '/', '#' or a newline, so none can end a Runtime API command or begin another.</remarks>
[JsonConverter(typeof(ParsableJsonConverter<ProxyName>))]
public sealed record ProxyName : IParsable<ProxyName>
{
    public const int MaxLength = 128;

    private ProxyName(string value) => Value = value;

    public string Value { get; }

    /// <summary>What is wrong with <paramref name="text"/> as a name, as a sentence; null when nothing is.</summary>
    public static string? FindProblem(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "a HAProxy name is not empty";
        if (text.Length > MaxLength) return $"a HAProxy name has at most {MaxLength} characters, this one has {text.Length}";
        // HAProxy would take them, but a URL that ends in one loses it on the way to the agent.
        if (text is "." or "..") return $"a HAProxy name is not \"{text}\"";
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsAsciiLetterOrDigit(text[i]) || text[i] is '-' or '_' or '.' or ':') continue;
            return $"a HAProxy name is made of A-Z, a-z, 0-9, '-', '_', '.' and ':'; character {i + 1} is {AppName.Describe(text[i])}";
        }
        return null;
    }

    /// <exception cref="FormatException">The text is not a name; the message says why.</exception>
    public static ProxyName Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var name) ? name : throw new FormatException(FindProblem(s));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out ProxyName result)
    {
        result = FindProblem(s) is null ? new ProxyName(s!) : null;
        return result is not null;
    }

    // Names are compared and looked up by the ten thousand.
    public bool Equals(ProxyName? other) => ReferenceEquals(this, other) || (other is not null && string.Equals(Value, other.Value));

    public override int GetHashCode() => Value.GetHashCode();

    public override string ToString() => Value;
}
