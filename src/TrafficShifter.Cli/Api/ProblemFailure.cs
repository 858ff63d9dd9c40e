using System.Text.Json;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Api;

/// <summary>The API refused, with a problem document (RFC 9457).</summary>
internal sealed class ProblemFailure : Failure
{
    private const string Prefix = "urn:trafficshifter:problem:";
    private readonly string _text;

    private ProblemFailure(int exitCode, string error, string? state, string? advice, string text, string type, IReadOnlyList<(string, string)> places)
        : base(exitCode, error, state, advice) => (_text, Type, Places) = (text, type, places);

    /// <summary>The stable word for what went wrong: <c>locked</c>, <c>stale</c>.</summary>
    public string Type { get; }

    /// <summary>What is wrong at which place of what was sent; only what the error's sentence does not say already.</summary>
    public IReadOnlyList<(string Pointer, string Sentence)> Places { get; }

    public override string ToJson() => _text;

    /// <param name="text">The body of the answer; anything that is no problem document is shown as it is.</param>
    public static ProblemFailure Of(int status, string text, string method, string path)
    {
        var json = Parse(text);
        var type = json?.Find("type")?.Split(Prefix) is [_, var word] ? word : "";
        var detail = json?.Find("detail") ?? json?.Find("title") ?? $"{method} {path} was answered with {status}{(text.Length > 0 ? $": {text[..Math.Min(text.Length, 200)]}" : "")}";
        var places = json?.Member("errors") is { ValueKind: JsonValueKind.Object } errors
            ? errors.EnumerateObject().Select(e => (e.Name, e.Value.ToString())).Where(e => e.Name.Length > 0 && !detail.Contains(e.Item2, StringComparison.Ordinal)).ToList()
            : [];
        return new ProblemFailure(ExitCodeOf(status, type), detail, StateOf(status, type, json), AdviceOf(status, type, path), json is null ? ProblemJsonOf(status, detail) : text, type, places);
    }

    private static int ExitCodeOf(int status, string type) => (status, type) switch
    {
        (_, "locked" or "frozen") => Hosting.ExitCode.Refused,
        (400 or 405 or 415, _) => Hosting.ExitCode.Usage,
        (401 or 403, _) => Hosting.ExitCode.NotAllowed,
        (404, _) => Hosting.ExitCode.NotFound,
        (409 or 412, _) => Hosting.ExitCode.Conflict,
        (413 or 422 or 423, _) => Hosting.ExitCode.Refused,
        _ => Hosting.ExitCode.Away,
    };

    /// <summary>A 5xx says itself, in its detail, whether anything changed.</summary>
    private static string? StateOf(int status, string type, JsonElement? json) => json?.Member("current") is { } current
        ? $"nothing changed; {(type is "locked" ? "the lock" : "it")} is {current.GetRawText()}"
        : status is 409 or 412 or 413 or 422 or 423 || type is "frozen" ? "nothing changed" : null;

    private static string? AdviceOf(int status, string type, string path) => (status, type) switch
    {
        (401, _) => "shifter login, or set SHIFTER_TOKEN",
        (403, _) => "shifter whoami says what this token may do",
        (429, _) => "wait a moment, then repeat it",
        (_, "locked") => $"shifter unlock {AppOf(path)}",
        (_, "frozen") => "shifter freeze list and shifter stop status say until when; a rollback still works",
        (409 or 412, _) => "look again, then repeat it",
        _ => null,
    };

    /// <summary>The application that <c>api/v1/apps/shop/weights</c> is about.</summary>
    private static string AppOf(string path) => path.Split('/', '?') is ["api", "v1", "apps", var app, ..] ? Uri.UnescapeDataString(app) : "APP";

    private static string ProblemJsonOf(int status, string detail) => $$"""{"type":"about:blank","status":{{status}},"detail":{{JsonSerializer.Serialize(detail)}}}""";

    private static JsonElement? Parse(string text)
    {
        if (!text.StartsWith('{')) return null;
        try
        {
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
