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
