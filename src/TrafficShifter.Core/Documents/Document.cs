using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrafficShifter.Core.Documents;

/// <summary>What every document in the store has: a schema number, and the fields that this version does not know.</summary>
/// <remarks>Unknown fields survive a rewrite, so that an older replica never loses what a newer one wrote.</remarks>
public abstract record Document
{
    /// <summary>The highest schema that this version writes. A document with a higher one is read, never written.</summary>
    public const int SupportedSchema = 1;

    public int Schema { get; init; } = SupportedSchema;

    [JsonExtensionData]
    [JsonInclude]
    public Dictionary<string, JsonElement>? UnknownFields { get; init; }

    [JsonIgnore]
    public bool IsReadOnly => Schema > SupportedSchema;

    /// <summary>What is wrong with the document's content, as a sentence; null when nothing is.</summary>
    public virtual string? FindProblem() => null;
}
