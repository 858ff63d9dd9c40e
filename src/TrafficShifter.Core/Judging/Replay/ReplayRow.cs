namespace TrafficShifter.Core.Judging.Replay;

/// <summary>One row of a replay file: the counts of one tick.</summary>
/// <param name="Seconds">End of the tick, on any clock.</param>
/// <param name="Line">Where it stands, from 1.</param>
/// <param name="StepColumn">Where the step stands in the line, from 1.</param>
public sealed record ReplayRow(decimal Seconds, int Step, SideCounts Errors, SideCounts? Slow50, SideCounts? Slow90, SideCounts? Slow99, int Line, int StepColumn);

/// <summary>A replay file as it was read.</summary>
public abstract record ReplayReading
{
    /// <param name="Latency">The latency columns that the file has.</param>
    public sealed record Good(IReadOnlyList<ReplayRow> Rows, IReadOnlyList<LatencyQuantile> Latency) : ReplayReading;

    /// <param name="Line">From 1.</param>
    /// <param name="Column">The character in the line, from 1.</param>
    public sealed record Refused(int Line, int Column, string Problem) : ReplayReading
    {
        public override string ToString() => $"line {Line}, column {Column}: {Problem}";
    }
}
