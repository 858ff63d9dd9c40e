namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>What a map of a running HAProxy holds.</summary>
/// <param name="Rows">In HAProxy's order; of rows with the same key, the first is what requests see.</param>
/// <param name="Foreign">Rows that this program never writes and cannot name in a command: only a replacement of the whole map takes them away.</param>
public sealed record MapReading(IReadOnlyList<MapRow> Rows, IReadOnlyList<string> Foreign)
{
    /// <summary>Whether the map holds exactly these rows, each once.</summary>
    public bool Holds(IReadOnlyDictionary<string, string> rows) =>
        Foreign.Count == 0 && Rows.Count == rows.Count && Rows.All(row => rows.TryGetValue(row.Key, out var value) && value == row.Value);

    /// <summary>What has to be done so that it does.</summary>
    public MapChange ChangeTo(IReadOnlyDictionary<string, string> rows)
    {
        var change = MapChange.Between(rows, Rows);
        return Foreign.Count > 0 ? change with { Replace = true } : change;
    }
}
