using System.Buffers;
using System.Globalization;
using System.Text;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Traffic;
using TrafficShifter.HAProxy.AccessLogs;

namespace TrafficShifter.Server.Evidence;

/// <summary>Writes what a node counted as series: all of it for applications with a rollout, or little for all applications.</summary>
/// <remarks>
/// Series of an application with a rollout: 52 (two colours, each with 2 halves × 2 counters, 19 buckets, 2 targeted, 1 failed over). On the slow scrape: 23 for each
/// colour that ever had a request. Both go with the application.
/// </remarks>
internal static class EvidenceWriter
{
    private static readonly Colour[] Both = [Colour.Blue, Colour.Green];
    private static readonly string[] Halves = ["a", "b"];
    private static readonly string[] Results = ["good", "bad"];
    private static readonly string[] Bounds = [.. LatencyBounds.Seconds.Select(s => s.ToString(CultureInfo.InvariantCulture)), "+Inf"];

    /// <summary>What the node itself says: is it receiving, and what was lost.</summary>
    public static void WriteNode(IBufferWriter<byte> output, EvidenceReading node, bool isReceiving)
    {
        var text = new EvidenceText(output);
        text.Line(EvidenceSeries.Receiving, Labels($"node=\"{node.Node}\""), isReceiving ? 1 : 0);
        text.Line("trafficshifter_evidence_records_total", Labels($"node=\"{node.Node}\""), node.Block.Span[EvidenceLayout.Received]);
        foreach (var reason in EvidenceWords.LostReasons) Reason(EvidenceSeries.Lost, reason.Word(), EvidenceLayout.Of(reason));
        foreach (var reason in RejectReasons.All) Reason("trafficshifter_evidence_rejected_total", reason.Word(), EvidenceLayout.Of(reason));
        foreach (var reason in EvidenceWords.LeftOutReasons) Reason("trafficshifter_evidence_left_out_total", reason.Word(), EvidenceLayout.Of(reason));

        void Reason(string name, string word, int at) => text.Line(name, Labels($"node=\"{node.Node}\",reason=\"{word}\""), node.Block.Span[at]);
    }

    /// <summary>All series of the applications with a rollout. They begin at 0, and where they were left after a restart of the agent.</summary>
    public static void WriteActive(IBufferWriter<byte> output, EvidenceReading node)
    {
        Span<long> values = stackalloc long[EvidenceLayout.CountersLength];
        foreach (var (app, (slot, _)) in node.Apps)
        {
            if (!node.Slots.HasSeries(slot, node.Now)) continue;
            var since = node.Slots.Base(slot);
            var counters = node.Slots.Counters(slot);
            for (var i = 0; i < values.Length; i++) values[i] = counters[i] - since[i];
            foreach (var colour in Both)
            {
                var of = values.Slice(colour == Colour.Green ? EvidenceLayout.ColourLength : 0, EvidenceLayout.ColourLength);
                var labels = $"node=\"{node.Node}\",app=\"{app}\",colour=\"{colour.Word()}\"";
                WriteRequests(output, of, labels, EvidenceSeries.Requests, EvidenceSeries.Bad);
                WriteLatency(output, of, labels, EvidenceSeries.LatencyBucket);
                var text = new EvidenceText(output);
                for (var i = 0; i < Results.Length; i++) text.Line(EvidenceSeries.Targeted, Labels($"{labels},result=\"{Results[i]}\""), of[EvidenceLayout.Targeted + i]);
                text.Line(EvidenceSeries.FailedOver, Labels(labels), of[EvidenceLayout.FailedOver]);
            }
        }
    }

    /// <summary>The few series of every application, for the slow scrape. A colour that never had a request has none.</summary>
    public static void WriteCoarse(IBufferWriter<byte> output, EvidenceReading node)
    {
        foreach (var (app, (slot, _)) in node.Apps)
            foreach (var colour in Both)
            {
                var of = node.Slots.Counters(slot).Slice(colour == Colour.Green ? EvidenceLayout.ColourLength : 0, EvidenceLayout.ColourLength);
                if (of[EvidenceLayout.Requests] + of[EvidenceLayout.Requests + 1] == 0) continue;
                var labels = $"node=\"{node.Node}\",app=\"{app}\",colour=\"{colour.Word()}\"";
                WriteRequests(output, of, labels, EvidenceSeries.CoarseRequests, EvidenceSeries.CoarseBad);
                WriteLatency(output, of, labels, EvidenceSeries.CoarseLatencyBucket);
            }
    }

    private static void WriteRequests(IBufferWriter<byte> output, ReadOnlySpan<long> of, string labels, string requests, string bad)
    {
        var text = new EvidenceText(output);
        for (var half = 0; half < Halves.Length; half++)
        {
            var bytes = Labels($"{labels},{EvidenceSeries.HalfLabel}=\"{Halves[half]}\"");
            text.Line(requests, bytes, of[EvidenceLayout.Requests + half]);
            text.Line(bad, bytes, of[EvidenceLayout.Bad + half]);
        }
    }

    private static void WriteLatency(IBufferWriter<byte> output, ReadOnlySpan<long> of, string labels, string name)
    {
        var text = new EvidenceText(output);
        var sum = 0L;
        for (var i = 0; i < EvidenceLayout.Buckets; i++)
        {
            sum += of[EvidenceLayout.Latency + i];
            text.Line(name, Labels($"{labels},le=\"{Bounds[i]}\""), sum);
        }
    }

    private static byte[] Labels(string text) => Encoding.ASCII.GetBytes(text);
}
