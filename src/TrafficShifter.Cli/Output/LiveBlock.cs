using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Output;

/// <summary>Lines at the end of a terminal that are drawn again in place. Each is cut to the width, so that it takes one row.</summary>
internal sealed class LiveBlock(Terminal terminal)
{
    private int _rows;

    public void Draw(IReadOnlyList<string> lines)
    {
        var up = _rows > 0 ? $"\u001b[{_rows}A\r" : "";
        _rows = lines.Count;
        // In one write, so that nothing flickers; each line clears what is left of the one that was there.
        terminal.Out.Write($"{up}{string.Join("\n", lines.Select(l => $"{Table.Cut(l, (terminal.Width ?? 80) - 1)}\u001b[K"))}\n\u001b[J");
    }

    /// <summary>Takes it away, so that what is written next stands in its place.</summary>
    public void Clear()
    {
        if (_rows == 0) return;
        terminal.Out.Write($"\u001b[{_rows}A\r\u001b[J");
        _rows = 0;
    }
}
