using System.Text.Json;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Api;

/// <summary>An answer of the API that is not a problem.</summary>
/// <param name="Text">The body, as it came; empty with 204.</param>
/// <param name="ETag">Version of what is in it, with its quotes.</param>
/// <param name="Age">How old it is, where the store is away and this is what was last known.</param>
internal sealed record ApiReply(int Status, string Text, string? ETag, TimeSpan? Age)
{
    private JsonElement? _json;

    /// <summary>202: written, and not yet seen on every node.</summary>
    public bool IsPending => Status == 202;

    /// <exception cref="Failure">It is no JSON: something else answers at this address.</exception>
    public JsonElement Json => _json ??= Parse(Text);

    private static JsonElement Parse(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text.Length == 0 ? "null" : text);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw new Failure(ExitCode.Away, $"something else than the API answers at this address: {(text.Length <= 80 ? text : text[..80] + "…")}", null, "shifter context list shows the addresses");
        }
    }
}
