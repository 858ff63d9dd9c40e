using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Evacuations;
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
        var found = entries.Find(h => FindGreen(h) is not null) is { } first ? FindBefore(first) : null;
        var began = entries.Find(h => h.Kind == "app.created")?.At ?? DateTimeOffset.MinValue;
        var asked = new List<double?>();
        var now = found;
        foreach (var moment in moments)
        {
            while (changes.TryPeek(out var change) && change.At <= moment) now = changes.Dequeue().Green;
            asked.Add(moment < began ? null : now?.BasisPoints / 100.0);
        }
        return asked;
    }

    /// <summary>Green's share before the change; null when it does not say.</summary>
    private static Share? FindBefore(HistoryEntry entry)
    {
        // The first time that an application leaves a colour, its state notes what it had.
        if (entry.Kind == "app.evacuated" && Part(entry.Before, "evacuated") is null && Part(entry.After, "evacuated") is { } gone) return Part(gone, "before") is { } had ? FindWeights(had) : null;
        return entry.Before is { ValueKind: JsonValueKind.Object } before ? FindWeights(before) : null;
    }

    /// <summary>Green's share after the change; null when the change asks for none.</summary>
    /// <remarks>What is after it is weights, or a state: then a lock, or its end, says where all traffic goes, or what is written of an evacuation.</remarks>
    private static Share? FindGreen(HistoryEntry entry)
    {
        if (entry.After is not { ValueKind: JsonValueKind.Object } after) return null;
        return FindWeights(after) ?? entry.Kind switch
        {
            "app.rolledBack" => FindLocked(after),
            "app.unlocked" or "app.undone" => AllOn(Word(after, "stable")),
            "app.evacuated" => FindLocked(after) ?? FindStaying(after),
            "app.restored" => FindLocked(after) ?? (Part(Part(entry.Before, "evacuated"), "before") is { } had ? FindWeights(had) : null),
            _ => null,
        };
    }

    private static Share? FindLocked(JsonElement state) => Part(state, "lock") is { } held ? AllOn(Word(held, "to")) : null;

    /// <summary>Green's share while a colour is left in steps.</summary>
    private static Share? FindStaying(JsonElement state)
    {
        if (Part(state, "evacuated") is not { } gone || Part(gone, "before") is not { } before || FindWeights(before) is not { } green || !Share.TryParse(Word(gone, "left"), null, out var left)) return null;
        return Word(gone, "colour") switch
        {
            "green" => EvacuationChanges.StayingOf(green, left),
            "blue" => EvacuationChanges.StayingOf(green.Rest, left).Rest,
            _ => null,
        };
    }

    private static Share? AllOn(string? colour) => colour switch { "green" => Share.All, "blue" => Share.None, _ => null };

    private static JsonElement? Part(JsonElement? json, string name) =>
        json is { ValueKind: JsonValueKind.Object } whole && whole.TryGetProperty(name, out var part) && part.ValueKind == JsonValueKind.Object ? part : null;

    private static Share? FindWeights(JsonElement weights) =>
        Number(weights, "blue") is { } blue && Number(weights, "green") is { } green && blue + green > 0 ? Share.Of(green, blue + green) : null;

    private static long? Number(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= 0 ? number : null;

    private static string? Word(JsonElement json, string name) => json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
