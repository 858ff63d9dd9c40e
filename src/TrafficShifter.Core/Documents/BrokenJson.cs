using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TrafficShifter.Core.Documents;

/// <summary>Says where a document or a body is not as it must be, and what is needed there, in words that name no type of this program.</summary>
public static partial class BrokenJson
{
    /// <summary>The place as a JSON pointer, empty for all of the body, and a sentence.</summary>
    public static (string At, string Sentence) Explain(JsonException broken)
    {
        var at = PointerOf(broken.Path);
        if (Missing().Match(broken.Message) is { Success: true } missing) return ($"{at}/{missing.Groups[1].Value}", "is missing");
        if (broken.Message.StartsWith("Duplicate properties", StringComparison.Ordinal)) return (at, "stands twice");
        if (Duplicate().Match(broken.Message) is { Success: true } twice) return (WithName(at, twice.Groups[1].Value), "stands twice");
        if (broken.Message.Contains("to TrafficShifter.Core.Traffic.Colour.", StringComparison.Ordinal)) return (at, "blue or green is needed");
        if (broken.Message.Contains("could not be converted", StringComparison.Ordinal))
            return (at, at.Length == 0 ? "a JSON object is needed" : broken.Message.Contains("System.Int32", StringComparison.Ordinal) ? $"a whole number is needed, up to {int.MaxValue}" : "the value has the wrong type");
        // Only the reader itself, not a converter, fails with an inner exception of its own kind: then it is no JSON at all.
        if (broken.InnerException is JsonException) return (at, string.Create(CultureInfo.InvariantCulture, $"not JSON, line {broken.LineNumber + 1}, byte {broken.BytePositionInLine + 1}: {WithoutPlace(broken.InnerException.Message)}"));
        return (at, WithoutPlace(WithoutPath(broken.Message)));
    }

    /// <summary>The same in one sentence: <c>/blue: a whole number is needed, up to 2147483647</c>.</summary>
    public static string Describe(JsonException broken) => Explain(broken) is { At.Length: > 0 } explained ? $"{explained.At}: {explained.Sentence}" : Explain(broken).Sentence;

    /// <summary><c>$.routing.blue</c>, <c>$['a.b'][0]</c> → <c>/routing/blue</c>, <c>/a.b/0</c>.</summary>
    public static string PointerOf(string? path)
    {
        var pointer = new StringBuilder();
        foreach (Match step in Step().Matches(path ?? ""))
            pointer.Append('/').Append(DocumentPart.EscapePointer(step.Groups[1].Value + step.Groups[2].Value + step.Groups[3].Value));
        return pointer.ToString();
    }

    private static string WithName(string at, string name) =>
        at == "/" + name || at.EndsWith("/" + DocumentPart.EscapePointer(name), StringComparison.Ordinal) ? at : $"{at}/{DocumentPart.EscapePointer(name)}";

    private static string WithoutPath(string message) => message.IndexOf(" Path: ", StringComparison.Ordinal) is > 0 and var tail ? message[..tail] : message;

    private static string WithoutPlace(string message) => message.IndexOf(" LineNumber: ", StringComparison.Ordinal) is > 0 and var tail ? message[..tail] : message;

    [GeneratedRegex(@"missing required properties including: '([^']+)'")]
    private static partial Regex Missing();

    [GeneratedRegex(@"^Duplicate property '([^']+)'")]
    private static partial Regex Duplicate();

    [GeneratedRegex(@"\.([^.\[\]]+)|\['(.*?)'\]|\[(\d+)\]")]
    private static partial Regex Step();
}
