using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.HAProxy.Maps;

/// <summary>The command <c>show map &lt;path&gt;</c>: all rows of the version that requests see.</summary>
public static class ShowMap
{
    /// <remarks>
    /// HAProxy 2.6.12; the first word is the row's address in memory. The order is that of the file, then of `add map`:
    /// <code>
    /// 0x55d0c8a7ea90 shop s.500.web.shop
    /// 0x55d0c8a7ec10 cart b.0.web.cart
    /// </code>
    /// A row that somebody wrote with what no row of ours has (a tab, a second space) is kept apart as <see cref="MapReading.Foreign"/>.
    /// </remarks>
    /// <exception cref="FormatException">A line does not begin with an address.</exception>
    public static MapReading Parse(string reply)
    {
        var (rows, foreign) = (new List<MapRow>(), new List<string>());
        foreach (var line in reply.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!line.StartsWith("0x", StringComparison.Ordinal)) throw new FormatException($"the line \"{line}\" does not begin with an address");
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var cells = space < 0 ? [] : line[(space + 1)..].Split(' ', 2);
            if (cells is [var key, var value] && (MapRow.FindProblem(key) ?? MapRow.FindProblem(value)) is null) rows.Add(new MapRow(key, value));
            else foreign.Add(space < 0 ? "" : line[(space + 1)..]);
        }
        return new MapReading(rows, foreign);
    }
}

/// <summary>What a map holds.</summary>
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
