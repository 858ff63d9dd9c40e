using System.Globalization;
using System.Text;

namespace TrafficShifter.Cli.Output;

/// <summary>How a cell stands out, where there are colours. It always says the same in words.</summary>
internal enum Tone
{
    None,
    Bad,
    Waits,
    Muted,
}

internal readonly record struct Cell(string Text, Tone Tone = Tone.None)
{
    public static implicit operator Cell(string? text) => new(text is null or "" ? "-" : text);

    public static implicit operator Cell(int number) => new(number.ToString(CultureInfo.InvariantCulture));
}

/// <param name="Wide">Only shown with `-o wide`.</param>
internal sealed record Column(string Title, bool Wide = false)
{
    public static implicit operator Column(string title) => new(title);
}

/// <summary>Rows for people: titles in capitals, two spaces between columns, no boxes.</summary>
internal sealed class Table(params Column[] columns)
{
    private const string Gap = "  ";
    private readonly List<Cell[]> _rows = [];

    public int Count => _rows.Count;

    public Table Add(params Cell[] cells)
    {
        _rows.Add([.. cells.Select(c => c with { Text = Plain.Text(c.Text) })]);
        return this;
    }

    /// <param name="width">Columns of the terminal; null: nothing is cut.</param>
    public void Write(TextWriter output, int? width, bool wide, bool colour)
    {
        var shown = Enumerable.Range(0, columns.Length).Where(i => wide || !columns[i].Wide).ToList();
        if (shown.Count == 0) return;
        var widths = shown.ToDictionary(i => i, i => _rows.Select(r => WidthOf(r[i].Text)).Append(WidthOf(columns[i].Title)).Max());
        WriteRow(output, shown, widths, i => columns[i].Title, width, colour);
        foreach (var row in _rows) WriteRow(output, shown, widths, i => row[i], width, colour);
    }

    /// <summary>How many columns of a terminal the text takes.</summary>
    public static int WidthOf(string text) => text.EnumerateRunes().Sum(r => r.Value switch
    {
        0xFE0E or 0xFE0F => 0,
        0x270B or (>= 0x1F300 and <= 0x1FAFF) or (>= 0x1100 and <= 0x115F) or (>= 0x2E80 and <= 0xA4CF) or (>= 0xAC00 and <= 0xD7A3) or (>= 0xFF00 and <= 0xFF60) => 2,
        _ => Rune.GetUnicodeCategory(r) is UnicodeCategory.NonSpacingMark ? 0 : 1,
    });

    /// <summary>The text as far as it fits, with … where it was cut.</summary>
    public static string Cut(string text, int width)
    {
        if (WidthOf(text) <= width) return text;
        if (width <= 1) return width == 1 ? "…" : "";
        var (cut, taken) = (new StringBuilder(), 0);
        foreach (var rune in text.EnumerateRunes())
        {
            taken += WidthOf(rune.ToString());
            if (taken > width - 1) break;
            cut.Append(rune.ToString());
        }
        return cut.Append('…').ToString();
    }

    private static void WriteRow(TextWriter output, List<int> shown, Dictionary<int, int> widths, Func<int, Cell> cell, int? width, bool colour)
    {
        var (line, taken) = (new StringBuilder(), 0);
        foreach (var i in shown)
        {
            var last = i == shown[^1];
            var text = cell(i).Text;
            if (width is { } limit) text = Cut(text, Math.Max(0, limit - taken));
            line.Append(Painted(text, cell(i).Tone, colour));
            if (last) break;
            line.Append(' ', Math.Max(0, widths[i] - WidthOf(text))).Append(Gap);
            taken += widths[i] + Gap.Length;
        }
        output.WriteLine(line.ToString().TrimEnd());
    }

    private static string Painted(string text, Tone tone, bool colour) => !colour ? text : tone switch
    {
        Tone.Bad => $"\u001b[31m{text}\u001b[0m",
        Tone.Waits => $"\u001b[33m{text}\u001b[0m",
        Tone.Muted => $"\u001b[2m{text}\u001b[0m",
        _ => text,
    };
}
