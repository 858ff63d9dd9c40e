using System.Globalization;
using System.Text.Json;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.VictoriaMetrics;

/// <summary>Reads <c>{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1795262984.936,"0.5"]}]}}</c>.</summary>
internal static class InstantQueryParser
{
    /// <summary>Null when the text is anything else than a successful answer.</summary>
    public static InstantQueryReply? Find(ReadOnlyMemory<byte> reply) => Find<InstantQueryReply>(reply, json =>
    {
        if (FindData(json) is not { } data || Text(data, "resultType") is not { } type) return null;
        if (type != "vector") return new InstantQueryReply.NotAVector(type);
        if (Member(data, "result") is not { ValueKind: JsonValueKind.Array } result) return null;
        var samples = result.EnumerateArray().Select(FindSample).ToList();
        return samples.Contains(null) ? null : new InstantQueryReply.Vector(samples!);
    });

    /// <summary>Every series of a successful answer, with its labels and its finite values; null when the text is anything else.</summary>
    /// <remarks>Reads a vector as above, and a range's <c>{"resultType":"matrix","result":[{"metric":{"app":"shop"},"values":[[1795262984,"7"],[1795263044,"9"]]}]}</c>.</remarks>
    public static IReadOnlyList<LabelledSeries>? FindSeries(ReadOnlyMemory<byte> reply) => Find<IReadOnlyList<LabelledSeries>>(reply, json =>
    {
        if (FindData(json) is not { } data || Text(data, "resultType") is not ("vector" or "matrix") || Member(data, "result") is not { ValueKind: JsonValueKind.Array } result) return null;
        var series = result.EnumerateArray().Select(FindOneSeries).ToList();
        return series.Contains(null) ? null : [.. series.Where(s => s!.Points.Count > 0)!];
    });

    /// <summary>The samples of a union by their mark; null when the text is anything else than a successful answer, or a series has no mark.</summary>
    public static ILookup<string, VectorSample>? FindMarked(ReadOnlyMemory<byte> reply) => Find<ILookup<string, VectorSample>>(reply, json =>
    {
        if (FindData(json) is not { } data || Text(data, "resultType") != "vector" || Member(data, "result") is not { ValueKind: JsonValueKind.Array } result) return null;
        var samples = result.EnumerateArray().Select(s => (Mark: Member(s, "metric") is { } labels ? Text(labels, QueryUnion.Mark) : null, Sample: FindSample(s))).ToList();
        return samples.Exists(s => s.Mark is null || s.Sample is null) ? null : samples.ToLookup(s => s.Mark!, s => s.Sample!);
    });

    /// <summary>The text of <c>{"status":"error","errorType":"422","error":"…"}</c>; null when it is not that.</summary>
    public static string? FindError(ReadOnlyMemory<byte> reply) => Find<string>(reply, json => Text(json, "status") == "error" ? Text(json, "error") : null);

    private static T? Find<T>(ReadOnlyMemory<byte> reply, Func<JsonElement, T?> find)
        where T : class
    {
        try
        {
            using var json = JsonDocument.Parse(reply);
            return find(json.RootElement);
        }
        // Half of a surrogate pair is a text that cannot be read.
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static JsonElement? FindData(JsonElement reply) => Text(reply, "status") == "success" && !IsPartial(reply) ? Member(reply, "data") : null;

    /// <summary>A cluster of which a part is away says so and answers with the rest: what is missing may be what failed.</summary>
    private static bool IsPartial(JsonElement reply) => Member(reply, "isPartial") is { ValueKind: JsonValueKind.True };

    private static LabelledSeries? FindOneSeries(JsonElement series)
    {
        if (Member(series, "metric") is not { ValueKind: JsonValueKind.Object } metric) return null;
        var points = Member(series, "values") is { ValueKind: JsonValueKind.Array } values ? values.EnumerateArray().Select(FindPoint).ToList() : [FindSample(series)];
        if (points.Contains(null)) return null;
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var label in metric.EnumerateObject())
            if (label.Value.ValueKind != JsonValueKind.String || !labels.TryAdd(label.Name, label.Value.GetString()!)) return null;
        return new LabelledSeries(labels, [.. points.Where(p => double.IsFinite(p!.Value)).Select(p => new SeriesPoint(p!.At, p.Value))]);
    }

    private static VectorSample? FindSample(JsonElement series) => Member(series, "value") is { } value ? FindPoint(value) : null;

    private static VectorSample? FindPoint(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() != 2) return null;
        if (value[0].ValueKind != JsonValueKind.Number || value[1].ValueKind != JsonValueKind.String) return null;
        var milliseconds = Math.Round(value[0].GetDouble() * 1000);
        return FindNumber(value[1].GetString()!) is { } number && milliseconds >= DateTimeOffset.MinValue.ToUnixTimeMilliseconds() && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()
            ? new VectorSample(DateTimeOffset.FromUnixTimeMilliseconds((long)milliseconds), number)
            : null;
    }

    private static double? FindNumber(string text) => text switch
    {
        "+Inf" => double.PositiveInfinity,
        "-Inf" => double.NegativeInfinity,
        "NaN" => double.NaN,
        _ => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : null,
    };

    private static JsonElement? Member(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement json, string name) =>
        Member(json, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;
}
