using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace TrafficShifter.Templates.Tests.ConsulTemplate;

/// <summary>The functions of Go's templates and of consul-template that the templates use, with their errors. Any other is refused.</summary>
internal sealed class Functions(Brain brain, IReadOnlyDictionary<string, string> environment, Func<string, object?, string> execute)
{
    private static readonly ConcurrentDictionary<string, Regex> Patterns = [];
    private static readonly Regex Surrogates = new(@"\\u[dD][89a-fA-F][0-9a-fA-F]{2}");
    private readonly Dictionary<string, object?> _scratch = [];

    public object? Call(string function, IReadOnlyList<object?> given) => function switch
    {
        "and" => given.FirstOrDefault(value => !Go.IsTrue(value), given[^1]),
        "or" => given.FirstOrDefault(Go.IsTrue, given[^1]),
        "not" => !Go.IsTrue(Only<object?>(given)),
        "eq" => Two(given, Go.AreEqual),
        "ne" => Two(given, (a, b) => !Go.AreEqual(a, b)),
        "lt" => Two(given, (a, b) => Go.Compare(a, b) < 0),
        "le" => Two(given, (a, b) => Go.Compare(a, b) <= 0),
        "gt" => Two(given, (a, b) => Go.Compare(a, b) > 0),
        "ge" => Two(given, (a, b) => Go.Compare(a, b) >= 0),
        "len" => given[0] switch { string text => text.Length, IReadOnlyList<object?> list => (long)list.Count, var other => throw Wrong(function, other) },
        "index" => Index(given),
        "printf" => Go.Printf((string)given[0]!, [.. given.Skip(1)]),
        "add" => Numbers(given, (b, a) => a + b),
        "subtract" => Numbers(given, (b, a) => a - b),
        "multiply" => Numbers(given, (b, a) => a * b),
        "divide" => Numbers(given, (b, a) => a / b),
        "loop" => Enumerable.Range(0, (int)Only<long>(given)).Select(n => (object?)(long)n),
        "parseInt" => long.TryParse(Only<string>(given), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw Wrong(function, given[0]),
        "parseJSON" => ParseJson(Only<string>(given)),
        "split" => Text(given[1]).Trim() is { Length: > 0 } text ? text.Split(Text(given[0])).ToList<object?>() : [],
        "regexMatch" => Pattern(given[0]).IsMatch(Text(given[1])),
        "regexReplaceAll" => Text(given[1]).Contains('$') ? throw Wrong(function, given[1]) : Pattern(given[0]).Replace(Text(given[2]), Text(given[1])),
        "replaceAll" => Text(given[2]).Replace(Text(given[0]), Text(given[1]), StringComparison.Ordinal),
        "env" => environment.GetValueOrDefault(Only<string>(given), ""),
        "executeTemplate" => execute(Text(given[0]), given[1]),
        "ls" => brain.List(Only<string>(given), emptyIsSafe: true),
        "safeLs" => brain.List(Only<string>(given), emptyIsSafe: false),
        "service" => given is [string name, "any"] ? brain.Service(name) : throw Wrong(function, given[^1]),
        _ when function.StartsWith("scratch.", StringComparison.Ordinal) => CallScratch(function[8..], given),
        _ => throw new TemplateException($"function \"{function}\" not defined"),
    };

    private object? CallScratch(string method, IReadOnlyList<object?> given)
    {
        var key = Text(given[0]);
        switch (method)
        {
            case "Key":
                return _scratch.ContainsKey(key);
            case "Get":
                return _scratch.GetValueOrDefault(key);
            case "Set":
                _scratch[key] = given[1];
                return "";
            case "MapSet" or "MapSetX":
                _scratch.TryAdd(key, new Dictionary<string, object?>());
                var map = (Dictionary<string, object?>)_scratch[key]!;
                if (method == "MapSet" || !map.ContainsKey(Text(given[1]))) map[Text(given[1])] = given[2];
                return "";
            case "MapValues":
                return _scratch.GetValueOrDefault(key) is Dictionary<string, object?> values
                    ? values.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => pair.Value).ToList()
                    : new List<object?>();
            default:
                throw new TemplateException($"scratch has no {method}");
        }
    }

    private static object? Index(IReadOnlyList<object?> given) => (given[0], given[1]) switch
    {
        (Dictionary<string, object?> map, string key) => map.GetValueOrDefault(key),
        (IReadOnlyList<object?> list, long at) when at >= 0 && at < list.Count => list[(int)at],
        _ => throw Wrong("index", given[1]),
    };

    private static object? ParseJson(string text)
    {
        // The real one takes an empty text for an empty object.
        if (text.Length == 0) return new Dictionary<string, object?>();
        try
        {
            // Go takes half of a surrogate for U+FFFD. Whole ones too here: no name that the templates let through has any.
            return Value(JsonDocument.Parse(Surrogates.Replace(text, "\\uFFFD")).RootElement);
        }
        catch (JsonException broken)
        {
            throw new TemplateException($"parseJSON: {broken.Message}");
        }
    }

    private static object? Value(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var map = new Dictionary<string, object?>();
                foreach (var property in element.EnumerateObject()) map[property.Name] = Value(property.Value);
                return map;
            case JsonValueKind.Array:
                return element.EnumerateArray().Select(Value).ToList();
            case JsonValueKind.String:
                return element.GetString();
            case JsonValueKind.Number:
                return double.IsFinite(element.GetDouble()) ? element.GetDouble() : throw new TemplateException("parseJSON: a number is too large");
            default:
                return element.ValueKind == JsonValueKind.Null ? null : element.GetBoolean();
        }
    }

    /// <summary>Without backtracking: what RE2 does not have is refused, and what both have means the same.</summary>
    private static Regex Pattern(object? pattern) =>
        Patterns.GetOrAdd(Text(pattern), text => new Regex(text, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));

    private static string Text(object? value) => value as string ?? throw Wrong("a text is wanted,", value);

    private static T Only<T>(IReadOnlyList<object?> given) => given is [T only] ? only : given is [null] && default(T) is null ? default! : throw Wrong("one argument", given.Count > 0 ? given[0] : null);

    private static bool Two(IReadOnlyList<object?> given, Func<object?, object?, bool> compare) => given is [var a, var b] ? compare(a, b) : throw Wrong("two arguments", null);

    private static long Numbers(IReadOnlyList<object?> given, Func<long, long, long> calculate) => given is [long b, long a] ? checked(calculate(b, a)) : throw Wrong("two whole numbers", given[^1]);

    private static TemplateException Wrong(string function, object? value) => new($"{function}: not with \"{value ?? "nil"}\"");
}
