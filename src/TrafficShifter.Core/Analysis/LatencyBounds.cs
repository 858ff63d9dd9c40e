namespace TrafficShifter.Core.Analysis;

/// <summary>Upper bounds of the latency histograms that agents count: <c>le</c>, each inclusive. HAProxy measures in whole milliseconds.</summary>
/// <remarks>Neighbours differ by 1.5 to 2, so a latency that doubles crosses one. A change of them starts every series anew.</remarks>
public static class LatencyBounds
{
    /// <summary>In ascending order; above the last one there is <c>+Inf</c> alone.</summary>
    public static readonly IReadOnlyList<int> Milliseconds = [1, 2, 4, 7, 10, 15, 25, 40, 60, 100, 150, 250, 400, 600, 1_000, 2_000, 4_000, 10_000];

    /// <summary>The same in seconds, as the label has them.</summary>
    public static readonly IReadOnlyList<double> Seconds = [.. Milliseconds.Select(ms => ms / 1000.0)];

    private static readonly byte[] Small = Table();

    /// <summary>Index of the first bound that a latency is within; the number of bounds when it is above all.</summary>
    public static int IndexOf(int milliseconds)
    {
        if ((uint)milliseconds < (uint)Small.Length) return Small[milliseconds];
        var index = Small[^1];
        while (index < Milliseconds.Count && milliseconds > Milliseconds[index]) index++;
        return index;
    }

    private static byte[] Table()
    {
        var table = new byte[1_001];
        byte index = 0;
        for (var ms = 0; ms < table.Length; ms++)
        {
            while (ms > Milliseconds[index]) index++;
            table[ms] = index;
        }
        return table;
    }
}
