using System.Globalization;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Demo.Load;

/// <summary>Counts without locks, so that counting does not slow the load; read at any time.</summary>
internal sealed class LoadCounters
{
    private const int Statuses = 600;
    private static readonly string[] Names = [Colour.Blue.Word(), Colour.Green.Word(), LoadReport.NoColour];
    private readonly LatencyHistogram _latency = new();
    private readonly Row[] _rows = [new(), new(), new()];

    public void Answered(string? colour, int status, TimeSpan latency)
    {
        Interlocked.Increment(ref RowOf(colour).Statuses[Math.Clamp(status, 0, Statuses - 1)]);
        _latency.Record(latency);
    }

    /// <param name="colour">Known when the headers had come before the connection broke.</param>
    public void Broken(string? colour, TimeSpan latency)
    {
        Interlocked.Increment(ref RowOf(colour).Connection);
        _latency.Record(latency);
    }

    public void TimedOut(string? colour) => Interlocked.Increment(ref RowOf(colour).Timeout);

    public LoadReport Report(TimeSpan elapsed)
    {
        var byColour = new Dictionary<string, ColourLoad>();
        for (var i = 0; i < Names.Length; i++) byColour[Names[i]] = _rows[i].Report();
        return new LoadReport(elapsed, byColour.Values.Sum(c => c.Requests), byColour.Values.Sum(c => c.Failures), byColour, _latency.Percentile(0.5), _latency.Percentile(0.99));
    }

    private Row RowOf(string? colour) => colour == Names[0] ? _rows[0] : colour == Names[1] ? _rows[1] : _rows[2];

    private sealed class Row
    {
        public readonly long[] Statuses = new long[LoadCounters.Statuses];
        public long Connection;
        public long Timeout;

        public ColourLoad Report()
        {
            var byStatus = new SortedDictionary<int, long>();
            var byKind = new SortedDictionary<string, long>(StringComparer.Ordinal);
            for (var status = 0; status < Statuses.Length; status++)
            {
                var count = Interlocked.Read(ref Statuses[status]);
                if (count == 0) continue;
                byStatus[status] = count;
                if (status >= 500) byKind[status.ToString(CultureInfo.InvariantCulture)] = count;
            }
            if (Interlocked.Read(ref Connection) is > 0 and var broken) byKind["connection"] = broken;
            if (Interlocked.Read(ref Timeout) is > 0 and var late) byKind["timeout"] = late;
            var unanswered = byKind.GetValueOrDefault("connection") + byKind.GetValueOrDefault("timeout");
            return new ColourLoad(byStatus.Values.Sum() + unanswered, byKind.Values.Sum(), byStatus, byKind);
        }
    }
}
