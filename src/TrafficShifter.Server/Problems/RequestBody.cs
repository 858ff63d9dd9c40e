using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Server.Problems;

/// <summary>A request's JSON body, or the problem to answer with: what is wrong, and where.</summary>
public sealed record RequestBody<T>
    where T : class
{
    private RequestBody() { }

    public T? Value { get; private init; }

    public ProblemHttpResult? Problem { get; private init; }

    /// <param name="optional">True: no body at all is the same as <c>{}</c>.</param>
    public static async Task<RequestBody<T>> ReadAsync(HttpContext http, bool optional = false)
    {
        var text = await ReadTextAsync(http);
        if (text is null) return Refuse(ApiProblem.Of(413, "too-large", "The body is too large", $"A body has at most {DocumentJson.MaxBytes / 1024} KiB."));
        if (string.IsNullOrWhiteSpace(text))
        {
            if (!optional) return Refuse(ApiProblem.Malformed("", "the body is empty; a JSON object is needed"));
            text = "{}";
        }
        return Parse(text);
    }

    public static RequestBody<T> Parse(string text)
    {
        try
        {
            var value = JsonSerializer.Deserialize<T>(text, DocumentJson.Options);
            if (value is null) return Refuse(ApiProblem.Malformed("", "the body is null; a JSON object is needed"));
            return value is DocumentPart part && part.FindUnknownField() is { } unknown
                ? Refuse(ApiProblem.Malformed(unknown, $"{unknown} is not a field of this request"))
                : new RequestBody<T> { Value = value };
        }
        catch (JsonException broken)
        {
            var at = PointerOf(broken.Path);
            return Refuse(ApiProblem.Malformed(at, Explain(broken, at)));
        }
    }

    public bool IsBad([NotNullWhen(true)] out ProblemHttpResult? problem, [NotNullWhen(false)] out T? value)
    {
        (problem, value) = (Problem, Value);
        return problem is not null;
    }

    public static RequestBody<T> Refuse(ProblemHttpResult problem) => new() { Problem = problem };

    private static async Task<string?> ReadTextAsync(HttpContext http)
    {
        if (http.Request.ContentLength > DocumentJson.MaxBytes) return null;
        using var reader = new StreamReader(http.Request.Body);
        var buffer = new char[DocumentJson.MaxBytes + 1];
        var read = await reader.ReadBlockAsync(buffer, http.RequestAborted);
        return read > DocumentJson.MaxBytes ? null : new string(buffer, 0, read);
    }

    /// <summary><c>$.routing.blue</c> → <c>/routing/blue</c>.</summary>
    private static string PointerOf(string? path) => (path ?? "$").TrimStart('$').Replace('.', '/').Replace("[", "/", StringComparison.Ordinal).Replace("]", "", StringComparison.Ordinal);

    private static string Explain(JsonException broken, string at)
    {
        var message = Reading.Explain(broken);
        var tail = message.IndexOf(": ", StringComparison.Ordinal);
        if (message.StartsWith('$') && tail > 0) message = message[(tail + 2)..];
        if (message.Contains("could not be converted to System.Int32", StringComparison.Ordinal)) message = "a whole number is needed, up to 2147483647";
        else if (message.Contains("could not be converted", StringComparison.Ordinal)) message = "the value has the wrong type";
        return at.Length == 0 ? message : $"{at}: {message}";
    }
}
