using System.Text;
using TrafficShifter.Core.Ports;
using TrafficShifter.Fuzzing.Engine;
using TrafficShifter.VictoriaMetrics;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>What VictoriaMetrics, or what stands in its place, answers to a query.</summary>
internal sealed class VictoriaMetricsTarget : TextTarget
{
    public override string Name => "victoria-metrics";

    public override int BytesPerByte => 200;

    public override IReadOnlyList<string> Words => ["\"status\":\"success\"", "\"status\":\"error\"", "\"resultType\":\"vector\"", "\"resultType\":\"matrix\"", "\"value\":[1795262984.936,\"0.5\"]", "\"values\":[[1,\"7\"]]", "\"metric\":{\"app\":\"shop\"}", "\"isPartial\":true", "\"NaN\"", "\"+Inf\""];

    protected override object? Read(string input)
    {
        var reply = Encoding.UTF8.GetBytes(input);
        var (vector, series, error) = (InstantQueryParser.Find(reply), InstantQueryParser.FindSeries(reply), InstantQueryParser.FindError(reply));
        InstantQueryParser.FindMarked(reply);
        return (object?)series ?? vector ?? (object?)error ?? new Refusal("no answer");
    }

    protected override void Check(string input, object? read)
    {
        if (read is not IReadOnlyList<LabelledSeries> series) return;
        Require(series.All(s => s.Points.Count > 0 && s.Points.All(p => double.IsFinite(p.Value))), "a series is empty, or has a value that is no number");
    }

    public override byte[] Make(Random random)
    {
        var matrix = random.Next(2) == 0;
        var values = matrix ? "values" : "value";
        var series = Enumerable.Range(0, random.Next(4)).Select(_ => $"{{\"metric\":{{{Labels(random)}}},\"{values}\":{(matrix ? Points(random) : Point(random))}}}");
        return Encoding.UTF8.GetBytes($"{{\"status\":\"success\",\"data\":{{\"resultType\":\"{(matrix ? "matrix" : "vector")}\",\"result\":[{string.Join(',', series)}]}}}}");
    }

    private static string Points(Random random) => $"[{string.Join(',', Enumerable.Range(0, random.Next(3)).Select(_ => Point(random)))}]";

    private static string Labels(Random random) => string.Join(',', Enumerable.Range(0, random.Next(3)).Select(_ => $"\"{Pick(random, "app", "colour", "\\ud800", "")}\":{Pick(random, "\"shop\"", "\"\"", "7", "null", "\"\\udfff\"")}"));

    private static string Point(Random random) => $"[{Pick(random, "1795262984.936", "0", "-1", "1e18", "1e999", "-1e300", "null", "253402300800")},{Pick(random, "\"7\"", "\"NaN\"", "\"+Inf\"", "\"1e999\"", "7", "\"x\"", "\"\\ud800\"")}]";
}
