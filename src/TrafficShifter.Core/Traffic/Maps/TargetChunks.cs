using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>Where large target rules are: <c>target-chunks/&lt;app&gt;/&lt;version&gt;/0</c> and on, which joined are the document.</summary>
/// <param name="Version">Id of the history entry of the change that wrote them.</param>
/// <param name="Count">How many there are, 1 to 16.</param>
/// <param name="Sha256">Of the joined document's UTF-8, in lower-case hexadecimal.</param>
/// <param name="Users">Users in it, so that nobody reads it to count them.</param>
public sealed record TargetChunks(string Version, int Count, string Sha256, int Users)
{
    public const int MaxCount = 16;

    /// <summary>Longest document, in characters, that is stored in one piece: followers list those once a minute, and chunks only when they changed.</summary>
    public const int MaxWhole = 32 * 1024;

    // Users and groups are ASCII; a reason of 500 characters and fields of a newer version may not be.
    private const int ChunkLength = DocumentJson.MaxBytes / 4 * 3;

    /// <summary>What to write for these rules: the document of <c>targets/&lt;app&gt;</c>, and before it the chunks, if any.</summary>
    public static (TargetRules Document, IReadOnlyList<string> Chunks) Split(TargetRules rules, string version)
    {
        var text = DocumentJson.Write(rules);
        if (text.Length <= MaxWhole) return (rules, []);
        var chunks = new List<string>();
        for (var start = 0; start < text.Length;)
        {
            var length = Math.Min(ChunkLength, text.Length - start);
            if (char.IsHighSurrogate(text[start + length - 1])) length--;
            chunks.Add(text.Substring(start, length));
            start += length;
        }
        var manifest = new TargetRules { By = rules.By, Reason = rules.Reason, At = rules.At, Change = rules.Change, Chunked = new TargetChunks(version, chunks.Count, HashOf(text), rules.UserCount) };
        return (manifest, chunks);
    }

    /// <summary>The chunks that an entry of <c>targets/</c> speaks of; null when it is a document of its own, or broken.</summary>
    public static TargetChunks? Find(Entry entry)
    {
        if (!entry.Value.Contains("\"chunked\"", StringComparison.Ordinal)) return null;
        try
        {
            return JsonSerializer.Deserialize<TargetRules>(entry.Value, DocumentJson.Options)?.Chunked is { Count: >= 1 and <= MaxCount } chunks && chunks.Version.All(char.IsAsciiLetterOrDigit) ? chunks : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public IEnumerable<string> KeysOf(AppName app) => Enumerable.Range(0, Count).Select(number => Keys.TargetChunk(app, Version, number));

    /// <summary>The document; null when a chunk is missing or they are not those that were written.</summary>
    public string? Join(IEnumerable<Entry?> chunks)
    {
        var text = new StringBuilder();
        foreach (var chunk in chunks)
        {
            if (chunk is null) return null;
            text.Append(chunk.Value);
        }
        return HashOf(text.ToString()) == Sha256 ? text.ToString() : null;
    }

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
