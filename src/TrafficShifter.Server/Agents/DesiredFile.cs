using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Agents;

/// <summary>The last desired state on the agent's disk: the documents as they were read.</summary>
public sealed class DesiredFile(string path)
{
    private sealed record Content(ulong Index, IReadOnlyList<Entry> Entries);

    public string Path => path;

    /// <summary>What was kept last; null when nothing was.</summary>
    /// <exception cref="JsonException">The file is not what this class writes.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public TrafficSnapshot? Find()
    {
        if (!File.Exists(path)) return null;
        var content = JsonSerializer.Deserialize<Content>(File.ReadAllText(path), DocumentJson.Options) ?? throw new JsonException("the file is empty");
        if (content.Entries.Any(e => e is null)) throw new JsonException("one of its entries is null");
        if (content.Entries.GroupBy(e => e.Key).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new JsonException($"{twice.Key} is there twice");
        return TrafficSnapshot.Empty.WithAll(content.Entries, content.Index);
    }

    /// <exception cref="IOException">The disk is full or read-only; what was kept before is still there.</exception>
    public void Write(TrafficSnapshot snapshot) =>
        FileWrites.Replace(path, DocumentJson.Write(new Content(snapshot.Index, snapshot.ToEntries())));
}
