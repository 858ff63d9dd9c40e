using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Access;

/// <summary>Names of applications, <c>*</c> for any characters: <c>shop</c>, <c>shop-*</c>, <c>*-test</c>.</summary>
[JsonConverter(typeof(ParsableJsonConverter<AppPattern>))]
public sealed record AppPattern : IParsable<AppPattern>
{
    private AppPattern(string value) => Value = value;

    public string Value { get; }

    /// <summary>What is wrong with <paramref name="text"/>, as a sentence; null when nothing is.</summary>
    public static string? FindProblem(string? text) =>
        string.IsNullOrEmpty(text) ? "a pattern of application names is empty"
        : text.Length > AppName.MaxLength ? $"a pattern of application names has at most {AppName.MaxLength} characters, this one has {text.Length}"
        : text.FirstOrDefault(c => !char.IsAsciiLetterLower(c) && !char.IsAsciiDigit(c) && c is not ('-' or '*')) is var odd and not '\0'
            ? $"a pattern of application names is made of a-z, 0-9, '-' and '*', not {AppName.Describe(odd)}"
            : null;

    /// <exception cref="FormatException">The text is not a pattern; the message says why.</exception>
    public static AppPattern Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var pattern) ? pattern : throw new FormatException(FindProblem(s));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out AppPattern result)
    {
        result = FindProblem(s) is null ? new AppPattern(s!) : null;
        return result is not null;
    }

    /// <remarks>Goes back to the last <c>*</c> only, so it takes at most pattern times name steps, whatever somebody made up.</remarks>
    public bool Matches(AppName app)
    {
        var (name, at, star, from) = (app.Value, 0, -1, 0);
        for (var i = 0; i < name.Length;)
        {
            if (at < Value.Length && Value[at] == '*') (star, from) = (at++, i);
            else if (at < Value.Length && Value[at] == name[i]) (at, i) = (at + 1, i + 1);
            else if (star >= 0) (at, i) = (star + 1, ++from);
            else return false;
        }
        return Value.AsSpan(at).TrimStart('*').IsEmpty;
    }

    public override string ToString() => Value;
}
