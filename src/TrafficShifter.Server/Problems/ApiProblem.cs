using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Problems;

/// <summary>What goes wrong over REST: RFC 9457 problems with a stable type, the place and the remedy.</summary>
public static class ApiProblem
{
    private const string Types = "urn:trafficshifter:problem:";

    /// <param name="errors">Sentences by JSON pointer into what was sent.</param>
    public static ProblemHttpResult Of(int status, string type, string title, string detail, IReadOnlyDictionary<string, string>? errors = null, object? current = null)
    {
        var extensions = new Dictionary<string, object?>();
        if (errors is { Count: > 0 }) extensions["errors"] = errors;
        if (current is not null) extensions["current"] = current;
        return TypedResults.Problem(detail, statusCode: status, title: title, type: Types + type, extensions: extensions);
    }

    /// <param name="at">JSON pointer into what was sent; empty for all of it.</param>
    public static ProblemHttpResult Malformed(string at, string sentence) =>
        Of(400, "malformed", "The request cannot be read", Placed(at, sentence), Error(at, sentence));

    public static ProblemHttpResult BadName(string what, string detail) =>
        Of(400, "bad-name", $"Not a name of {Article(what)}", $"{detail}");

    public static ProblemHttpResult BadQuery(string parameter, string expected) =>
        Of(400, "bad-query", "A query parameter cannot be read", $"?{parameter}= takes {expected}");

    public static ProblemHttpResult NotFound(string what, string detail) =>
        Of(404, "not-found", $"No such {what}", detail);

    public static ProblemHttpResult Conflict(string detail, object? current = null) =>
        Of(409, "conflict", "It conflicts with what is there now", detail, current: current);

    public static ProblemHttpResult Locked(string detail, object? current = null) =>
        Of(409, "locked", "The application is locked", detail, current: current);

    /// <summary>A campaign holds the application: an evacuation, or a migration that runs.</summary>
    public static ProblemHttpResult Held(string detail, object? current = null) =>
        Of(423, "held", "A campaign holds the application", detail, current: current);

    public static ProblemHttpResult Stale(ulong sent, ulong now, object? current = null) =>
        Of(412, "stale", "It changed since it was read", string.Create(CultureInfo.InvariantCulture, $"If-Match names version {sent}, it is at {now} now: read it again, then decide"), current: current);

    /// <param name="at">JSON pointer into what was sent; empty for all of it.</param>
    public static ProblemHttpResult Impossible(string at, string sentence) =>
        Of(422, "impossible", "It cannot be done", Placed(at, sentence), Error(at, sentence));

    public static ProblemHttpResult Impossible(IReadOnlyDictionary<string, string> errors) =>
        Of(422, "impossible", "It cannot be done", string.Join("; ", errors.Select(e => Placed(e.Key, e.Value))), errors);

    /// <summary>A document's own words for what is wrong with it: <c>routing/blue: needs a prefix</c>, or a sentence about all of it.</summary>
    public static ProblemHttpResult ImpossibleDocument(string problem)
    {
        var colon = problem.IndexOf(": ", StringComparison.Ordinal);
        return colon > 0 && !problem.AsSpan(0, colon).Contains(' ') ? Impossible("/" + problem[..colon], problem[(colon + 2)..]) : Impossible("", problem);
    }

    /// <summary>The conflict with a document that a newer version wrote: it is read, never written. Null when it may be written.</summary>
    /// <remarks>Emergency rollbacks do not ask.</remarks>
    public static ProblemHttpResult? FindNewer<T>(T? document, string what)
        where T : Document => document is { IsReadOnly: true }
            ? Conflict($"the {what} was written by a newer version (schema {document.Schema}); this one reads it and does not write it", document)
            : null;

    /// <summary>The store is away or refuses. Says whether anything changed.</summary>
    public static ProblemHttpResult StoreAway(StoreException failure) => failure switch
    {
        CommitUncertainException => Of(503, "store-unavailable", "The store is away",
            $"{failure.Message}. It is not known whether the change was written; HAProxy keeps its weights until it is. Read it again when the store is back."),
        StoreUnavailableException => Of(503, "store-unavailable", "The store is away", $"{failure.Message}. Nothing was changed; HAProxy keeps its weights."),
        _ => Of(503, "store-refused", "The store refused", $"{failure.Message}. Nothing was changed; HAProxy keeps its weights."),
    };

    private static Dictionary<string, string> Error(string at, string sentence) => new() { [at] = sentence };

    private static string Placed(string at, string sentence) => at.Length == 0 ? sentence : $"{at}: {sentence}";

    private static string Article(string what) => what.Length > 0 && "aeiou".Contains(what[0], StringComparison.Ordinal) ? $"an {what}" : $"a {what}";
}
