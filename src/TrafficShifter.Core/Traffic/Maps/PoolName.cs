using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>The name of a pair of backends, <c>&lt;pool&gt;_blue</c> and <c>&lt;pool&gt;_green</c>: 1 to 100 of A–Z, a–z, 0–9, '-' and '_'.</summary>
/// <remarks>No '.', because that parts the fields of a row.</remarks>
[JsonConverter(typeof(ParsableJsonConverter<PoolName>))]
public sealed record PoolName : IParsable<PoolName>
{
    public const int MaxLength = 100;

    private PoolName(string value) => Value = value;

    public string Value { get; }

    public ProxyName BackendOf(Colour colour) => ProxyName.Parse($"{Value}_{colour.Word()}");

    /// <summary>What is wrong with <paramref name="text"/> as a name, as a sentence; null when nothing is.</summary>
    public static string? FindProblem(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "a pool needs a name";
        if (text.Length > MaxLength) return $"a pool's name has at most {MaxLength} characters, this one has {text.Length}";
        for (var i = 0; i < text.Length; i++)
            if (!char.IsAsciiLetterOrDigit(text[i]) && text[i] is not ('-' or '_'))
                return $"a pool's name is made of A-Z, a-z, 0-9, '-' and '_'; character {i + 1} is {AppName.Describe(text[i])}";
        return null;
    }

    /// <exception cref="FormatException">The text is not a name; the message says why.</exception>
    public static PoolName Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var name) ? name : throw new FormatException(FindProblem(s));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out PoolName result)
    {
        result = FindProblem(s) is null ? new PoolName(s!) : null;
        return result is not null;
    }

    public override string ToString() => Value;
}
