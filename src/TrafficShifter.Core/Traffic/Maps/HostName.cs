using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>A host as HAProxy looks it up: lower case, without a port; 1 to 253 of a–z, 0–9, '-', '_' and '.'.</summary>
/// <remarks>HAProxy lowers the request's host and takes its port off before it looks, so a row that is written otherwise would never be found.</remarks>
[JsonConverter(typeof(ParsableJsonConverter<HostName>))]
public sealed record HostName : IParsable<HostName>
{
    public const int MaxLength = 253;

    private HostName(string value) => Value = value;

    public string Value { get; }

    /// <summary>What is wrong with <paramref name="text"/> as a host, as a sentence; null when nothing is.</summary>
    public static string? FindProblem(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "a host is not empty";
        if (text.Length > MaxLength) return $"a host has at most {MaxLength} characters, this one has {text.Length}";
        for (var i = 0; i < text.Length; i++)
            if (!char.IsAsciiLetterLower(text[i]) && !char.IsAsciiDigit(text[i]) && text[i] is not ('-' or '_' or '.'))
                return $"a host is written in lower case, without a port, of a-z, 0-9, '-', '_' and '.'; character {i + 1} is {AppName.Describe(text[i])}";
        return Array.Exists(text.Split('.'), label => label.Length is 0 or > 63) ? "each part of a host between dots has 1 to 63 characters" : null;
    }

    /// <exception cref="FormatException">The text is not a host; the message says why.</exception>
    public static HostName Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var name) ? name : throw new FormatException(FindProblem(s));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out HostName result)
    {
        result = FindProblem(s) is null ? new HostName(s!) : null;
        return result is not null;
    }

    public override string ToString() => Value;
}
