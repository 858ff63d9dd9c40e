using System.Globalization;

namespace TrafficShifter.Core.Judging.Replay;

/// <summary>Reads a replay file: comma-separated, a header first, one row for each tick. Numbers only, so there are no quotes.</summary>
/// <remarks>A latency cell may be empty: no count in that tick. Empty lines are skipped.</remarks>
public static class ReplayFile
{
    private const long MostRequests = 1_000_000_000_000;
    private const decimal MostSeconds = 60_000_000_000;

    /// <summary>The smallest distance of two rows: a tick counts whole milliseconds.</summary>
    private const decimal LeastSeconds = 0.001m;

    public static ReplayReading Read(IEnumerable<string> lines)
    {
        try
        {
            return ReadAll(lines);
        }
        catch (ReplayRefusedException refused)
        {
            return refused.Refusal;
        }
    }

    internal static IEnumerable<(string Text, int Column)> Split(string line)
    {
        var start = 0;
        foreach (var cell in line.Split(','))
        {
            yield return (cell.Trim(), start + 1 + (cell.Length - cell.TrimStart().Length));
            start += cell.Length + 1;
        }
    }

    private static ReplayReading.Good ReadAll(IEnumerable<string> lines)
    {
        ReplayColumns? columns = null;
        var rows = new List<ReplayRow>();
        var (number, header) = (0, 0);
        foreach (var raw in lines)
        {
            number++;
            var line = number == 1 ? raw.TrimStart('\uFEFF') : raw;
            if (string.IsNullOrWhiteSpace(line)) continue;
            if (columns is null) (columns, header) = (ReplayColumns.Read(line, number), number);
            else rows.Add(ReadRow(new Cells(line, number, columns), rows.LastOrDefault()));
        }
        if (columns is null) throw new ReplayRefusedException(1, 1, "the file is empty; its first line is t,step,candidate_requests,candidate_bad,stable_requests,stable_bad");
        if (rows.Count == 0) throw new ReplayRefusedException(header + 1, 1, "there is no row below the header");
        return new(rows, columns.Latency);
    }

    private static ReplayRow ReadRow(Cells cells, ReplayRow? before)
    {
        var seconds = cells.Seconds();
        if (before is not null && seconds < before.Seconds + LeastSeconds)
            throw cells.Refuse("t", string.Create(CultureInfo.InvariantCulture, $"t is {seconds}, and {before.Seconds} in the row before; it must rise by a millisecond at least"));
        var step = cells.Count("step");
        if (step is < 1 or > 50) throw cells.Refuse("step", $"step is {step}, not 1 to 50");
        var errors = cells.Sides("candidate_bad", "stable_bad");
        return new(seconds, (int)step, errors, cells.Slow(LatencyQuantile.P50), cells.Slow(LatencyQuantile.P90), cells.Slow(LatencyQuantile.P99), cells.Line, cells.ColumnOf("step"));
    }

    /// <summary>The cells of one row, by their names.</summary>
    private sealed class Cells
    {
        private readonly ReplayColumns _columns;
        private readonly List<(string Text, int Column)> _cells;

        public Cells(string line, int number, ReplayColumns columns)
        {
            (Line, _columns, _cells) = (number, columns, [.. Split(line)]);
            if (_cells.Count < columns.Count) throw new ReplayRefusedException(number, line.Length + 1, $"{_cells.Count} cells, the header has {columns.Count}");
            if (_cells.Count > columns.Count) throw new ReplayRefusedException(number, _cells[columns.Count].Column, $"{_cells.Count} cells, the header has {columns.Count}");
        }

        public int Line { get; }

        public ReplayRefusedException Refuse(string name, string problem) => new(Line, ColumnOf(name), problem);

        public int ColumnOf(string name) => _cells[_columns[name]].Column;

        public decimal Seconds()
        {
            var text = TextOf("t");
            if (!decimal.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds)) throw Refuse("t", $"t is \"{text}\", not a number of seconds");
            return Math.Abs(seconds) <= MostSeconds ? seconds : throw Refuse("t", $"t is {text}, which is no number of seconds on any clock");
        }

        public long Count(string name)
        {
            var text = TextOf(name);
            if (!long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count)) throw Refuse(name, $"{name} is \"{text}\", not a whole number");
            if (count < 0) throw Refuse(name, $"{name} is {count}; a count is never negative");
            return count <= MostRequests ? count : throw Refuse(name, $"{name} is {count}; at most {MostRequests} is believed");
        }

        public SideCounts Sides(string candidateBad, string stableBad) =>
            new(Count("candidate_requests"), Part(candidateBad, "candidate_requests"), Count("stable_requests"), Part(stableBad, "stable_requests"));

        public SideCounts? Slow(LatencyQuantile quantile)
        {
            if (!_columns.Latency.Contains(quantile)) return null;
            var (candidate, stable) = (ReplayColumns.NameOf("candidate", quantile), ReplayColumns.NameOf("stable", quantile));
            return TextOf(candidate).Length == 0 && TextOf(stable).Length == 0 ? null : Sides(candidate, stable);
        }

        private long Part(string name, string whole)
        {
            var (part, all) = (Count(name), Count(whole));
            return part <= all ? part : throw Refuse(name, $"{name} is {part}, more than {whole}, which is {all}");
        }

        private string TextOf(string name) => _cells[_columns[name]].Text;
    }
}
