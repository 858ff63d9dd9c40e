using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Server.Problems;

/// <summary>A request's body, JSON or YAML, or the problem to answer with: what is wrong, and where.</summary>
public sealed record RequestBody<T>
    where T : class
{
    private const int ChunkBytes = 4096;

    private RequestBody() { }

    public T? Value { get; private init; }

    public ProblemHttpResult? Problem { get; private init; }

    /// <param name="optional">True: no body at all is the same as <c>{}</c>.</param>
    /// <param name="lenient">True: fields that this version does not know are passed over. For emergencies.</param>
    /// <param name="maxBytes">What the server as a whole takes may be less.</param>
    public static async Task<RequestBody<T>> ReadAsync(HttpContext http, bool optional = false, bool lenient = false, int maxBytes = DocumentJson.MaxBytes)
    {
        var text = await ReadTextAsync(http, maxBytes);
        if (text is null)
        {
            UnreadBody.EndConnection(http);
            return Refuse(ApiProblem.Of(413, "too-large", "The body is too large", $"A body has at most {maxBytes / 1024} KiB."));
        }
        if (string.IsNullOrWhiteSpace(text))
        {
            if (!optional) return Refuse(ApiProblem.Malformed("", "the body is empty; a JSON object is needed"));
            text = "{}";
        }
        if (!YamlText.IsYaml(http.Request.ContentType)) return Parse(text, lenient);
        var (json, problem) = YamlText.ToJson(text);
        return json is null ? Refuse(ApiProblem.Malformed("", $"not YAML: {problem}")) : Parse(json, lenient);
    }

    public static RequestBody<T> Parse(string text, bool lenient = false)
    {
        if (HalfCharacter.IsIn(text)) return Refuse(ApiProblem.Malformed("", HalfCharacter.Problem));
        try
        {
            var value = JsonSerializer.Deserialize<T>(text, DocumentJson.Options);
            if (value is null) return Refuse(ApiProblem.Malformed("", "the body is null; a JSON object is needed"));
            return !lenient && value is DocumentPart part && part.FindUnknownField() is { } unknown
                ? Refuse(ApiProblem.Malformed(unknown, "not a field of this request"))
                : new RequestBody<T> { Value = value };
        }
        catch (JsonException broken)
        {
            var (at, sentence) = BrokenJson.Explain(broken);
            return Refuse(ApiProblem.Malformed(at, sentence));
        }
    }

    public bool IsBad([NotNullWhen(true)] out ProblemHttpResult? problem, [NotNullWhen(false)] out T? value)
    {
        (problem, value) = (Problem, Value);
        return problem is not null;
    }

    public static RequestBody<T> Refuse(ProblemHttpResult problem) => new() { Problem = problem };

    private static async Task<string?> ReadTextAsync(HttpContext http, int maxBytes)
    {
        if (http.Request.ContentLength > maxBytes) return null;
        // The memory grows with what came, not with what was announced.
        using var body = new MemoryStream();
        var chunk = ArrayPool<byte>.Shared.Rent(ChunkBytes);
        try
        {
            while (await http.Request.Body.ReadAsync(chunk, http.RequestAborted) is > 0 and var read)
            {
                if (body.Length + read > maxBytes) return null;
                body.Write(chunk, 0, read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk, clearArray: true);
        }
        body.Position = 0;
        using var reader = new StreamReader(body);
        return await reader.ReadToEndAsync(http.RequestAborted);
    }
}
