using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TrafficShifter.Server.Tests.Hosting;

/// <summary>An answer of the server, read whole.</summary>
internal sealed record Answer(HttpStatusCode Status, string? ContentType, string? ETag, string Text, IReadOnlyDictionary<string, string> Headers)
{
    public bool IsSuccess => (int)Status is >= 200 and < 300;

    public JsonNode? Json => Text.Length > 0 && Text[0] is '{' or '[' ? JsonNode.Parse(Text) : null;

    public JsonNode this[string name] => Json?[name] ?? throw new KeyNotFoundException($"no \"{name}\" in {Text}");

    public static async Task<Answer> ReadAsync(HttpResponseMessage response) => new(
        response.StatusCode, response.Content.Headers.ContentType?.MediaType, response.Headers.ETag?.Tag, await response.Content.ReadAsStringAsync(),
        response.Headers.ToDictionary(h => h.Key, h => string.Join(", ", h.Value), StringComparer.OrdinalIgnoreCase));

    /// <summary>It succeeded; the message shows what came instead.</summary>
    public Answer ShouldBe(HttpStatusCode status)
    {
        Status.ShouldBe(status, Text);
        return this;
    }

    /// <summary>It is an RFC 9457 problem of this status and type, whose detail says <paramref name="says"/>.</summary>
    /// <param name="at">JSON pointer that `errors` names; null: it names none.</param>
    public void ShouldBeProblem(int status, string type, string? at, string says)
    {
        ((int)Status).ShouldBe(status, Text);
        ContentType.ShouldBe("application/problem+json", Text);
        this["type"].GetValue<string>().ShouldBe($"urn:trafficshifter:problem:{type}", Text);
        this["status"].GetValue<int>().ShouldBe(status);
        this["title"].GetValue<string>().ShouldNotBeNullOrWhiteSpace();
        this["detail"].GetValue<string>().ShouldContain(says);
        if (at is null)
        {
            Json!["errors"].ShouldBeNull(Text);
            return;
        }
        var errors = this["errors"].AsObject();
        errors.ContainsKey(at).ShouldBeTrue($"no {at} in {Text}");
        foreach (var (place, sentence) in errors)
        {
            sentence!.GetValueKind().ShouldBe(JsonValueKind.String);
            if (place.Length > 0) sentence.GetValue<string>().ShouldNotStartWith(place, Case.Sensitive, Text);
        }
    }
}
