using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Overview;

/// <summary>What share was asked for, and when: read from the history, so it is known also where no metric tells it.</summary>
public static class AskedShares
{
    /// <summary>Green's share in percent at each moment; null where nothing that is kept says so.</summary>
    /// <param name="history">One application's, in any order.</param>
    /// <param name="moments">Ascending.</param>
    /// <remarks>What was asked before the first change is what that change found; an application that was created asked for nothing before.</remarks>
    public static IReadOnlyList<double?> Of(IEnumerable<HistoryEntry> history, IEnumerable<DateTimeOffset> moments)
    {
        var entries = history.OrderBy(h => h.Id, StringComparer.Ordinal).ToList();
        var changes = new Queue<(DateTimeOffset At, Share Green)>(entries.Select(h => (h.At, Green: FindGreen(h))).Where(c => c.Green is not null).Select(c => (c.At, c.Green!.Value)));
        var found = entries.Find(h => FindGreen(h) is not null) is { Before: { ValueKind: JsonValueKind.Object } before } ? FindWeights(before) : null;
        var began = entries.Find(h => h.Kind == "app.created")?.At ?? DateTimeOffset.MinValue;
        var asked = new List<double?>();
        var now = found;
        foreach (var moment in moments)
        {
            while (changes.TryPeek(out var change) && change.At <= moment) now = changes.Dequeue().Green;
            asked.Add(moment < began ? null : now?.Ratio * 100);
        }
        return asked;
    }

    /// <summary>Green's share after the change; null when the change asks for none.</summary>
    /// <remarks>What is after it is weights, or a state: then a lock, or its end, says where all traffic goes.</remarks>
    private static Share? FindGreen(HistoryEntry entry)
    {
        if (entry.After is not { ValueKind: JsonValueKind.Object } after) return null;
        if (FindWeights(after) is { } share) return share;
        var all = entry.Kind switch
        {
            "app.rolledBack" => after.TryGetProperty("lock", out var held) && held.ValueKind == JsonValueKind.Object ? Word(held, "to") : null,
            "app.unlocked" or "app.undone" => Word(after, "stable"),
            _ => null,
        };
        return all switch { "green" => Share.All, "blue" => Share.None, _ => null };
    }

    private static Share? FindWeights(JsonElement weights) =>
        Number(weights, "blue") is { } blue && Number(weights, "green") is { } green && blue + green > 0 ? Share.Of(green, blue + green) : null;

    private static long? Number(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0 ? number : null;

    private static string? Word(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
