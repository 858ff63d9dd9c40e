using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrafficShifter.Core.Documents;

/// <summary>A JSON object of the store. Fields that this version does not know survive a rewrite, at every depth.</summary>
/// <remarks>So an older replica never loses what a newer one wrote.</remarks>
public abstract record DocumentPart
{
    [JsonExtensionData]
    [JsonInclude]
    public Dictionary<string, JsonElement>? UnknownFields { get; init; }

    /// <summary>JSON pointer of a field that this version does not know; null when there is none. What a person sends must not have one.</summary>
    public string? FindUnknownField()
    {
        foreach (var name in UnknownFields?.Keys ?? Enumerable.Empty<string>()) return "/" + EscapePointer(name);
        foreach (var (name, part) in Parts())
            if (part?.FindUnknownField() is { } inner) return "/" + name + inner;
        return null;
    }

    /// <summary>A name as a JSON pointer has it (RFC 6901).</summary>
    public static string EscapePointer(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    /// <summary>The objects inside this one, by the name of their field.</summary>
    protected virtual IEnumerable<(string Name, DocumentPart? Part)> Parts() => [];
}

/// <summary>What every document in the store has: a schema number.</summary>
public abstract record Document : DocumentPart
{
    /// <summary>The highest schema that this version writes. A document with a higher one is read, never written.</summary>
    public const int SupportedSchema = 1;

    public int Schema { get; init; } = SupportedSchema;

    [JsonIgnore]
    public bool IsReadOnly => Schema > SupportedSchema;

    /// <summary>What is wrong with the document's content, as a sentence; null when nothing is.</summary>
    public virtual string? FindProblem() => null;
}
