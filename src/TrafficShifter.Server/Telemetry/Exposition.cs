using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace TrafficShifter.Server.Telemetry;

/// <summary>Writes the instruments of <see cref="ServerMeter"/> in the Prometheus text format, version 0.0.4.</summary>
/// <remarks>Counters, observable gauges and histograms, the kinds that the server uses. Stands in for an exporter package that is not to be had.</remarks>
public sealed class Exposition : IDisposable
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, Family> _families = new();

    /// <param name="meters">Whose instruments are written: this server's own, where a process hosts several.</param>
    public Exposition(IMeterFactory meters)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == ServerMeter.Name && ReferenceEquals(instrument.Meter.Scope, meters)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, labels, _) => Take(instrument, value, labels));
        _listener.SetMeasurementEventCallback<int>((instrument, value, labels, _) => Take(instrument, value, labels));
        _listener.SetMeasurementEventCallback<double>((instrument, value, labels, _) => Take(instrument, value, labels));
        _listener.Start();
    }

    public string Write()
    {
        foreach (var family in _families.Values.Where(f => f.IsObserved)) family.Forget();
        _listener.RecordObservableInstruments();
        var text = new StringBuilder();
        foreach (var family in _families.Values.OrderBy(f => f.Name, StringComparer.Ordinal)) family.Write(text);
        return text.ToString();
    }

    public void Dispose() => _listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> labels) =>
        _families.GetOrAdd(instrument, static i => new Family(i)).Take(value, LabelText(labels));

    /// <summary><c>app="shop",node="hap1"</c>, values escaped as the format asks.</summary>
    private static string LabelText(ReadOnlySpan<KeyValuePair<string, object?>> labels)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in labels)
        {
            var escaped = Escaped(value?.ToString() ?? "").Replace("\"", "\\\"", StringComparison.Ordinal);
            text.Append(text.Length > 0 ? "," : "").Append(name).Append("=\"").Append(escaped).Append('"');
        }
        return text.ToString();
    }

    private static string Escaped(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString(CultureInfo.InvariantCulture),
    };

    private sealed class Family(Instrument instrument)
    {
        /// <summary>Upper bounds in seconds, for every histogram of the server: from a Runtime API command to a slow store.</summary>
        private static readonly double[] Bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

        private readonly ConcurrentDictionary<string, Series> _series = new();

        public string Name => instrument.Name;

        public bool IsObserved => instrument.IsObservable;

        private string Type => instrument.GetType().Name.Split('`')[0] switch
        {
            "Counter" or "ObservableCounter" => "counter",
            "Histogram" => "histogram",
            _ => "gauge",
        };

        public void Take(double value, string labels)
        {
            var series = _series.GetOrAdd(labels, static _ => new Series(Bounds.Length));
            lock (series)
            {
                series.Count++;
                series.Value = IsObserved ? value : series.Value + value;
                for (var i = 0; i < Bounds.Length; i++) if (value <= Bounds[i]) series.Buckets[i]++;
            }
        }

        public void Forget() => _series.Clear();

        public void Write(StringBuilder text)
        {
            if (_series.IsEmpty) return;
            text.Append(CultureInfo.InvariantCulture, $"# HELP {Name} {Escaped(instrument.Description ?? "")}\n# TYPE {Name} {Type}\n");
            foreach (var (labels, series) in _series.OrderBy(s => s.Key, StringComparer.Ordinal))
                lock (series)
                {
                    if (Type == "histogram") WriteHistogram(text, labels, series);
                    else text.Append(CultureInfo.InvariantCulture, $"{Name}{Braced(labels)} {Number(series.Value)}\n");
                }
        }

        private void WriteHistogram(StringBuilder text, string labels, Series series)
        {
            var more = labels.Length > 0 ? labels + "," : "";
            for (var i = 0; i < Bounds.Length; i++) text.Append(CultureInfo.InvariantCulture, $"{Name}_bucket{{{more}le=\"{Bounds[i]}\"}} {series.Buckets[i]}\n");
            text.Append(CultureInfo.InvariantCulture, $"{Name}_bucket{{{more}le=\"+Inf\"}} {series.Count}\n{Name}_sum{Braced(labels)} {Number(series.Value)}\n{Name}_count{Braced(labels)} {series.Count}\n");
        }

        private static string Braced(string labels) => labels.Length > 0 ? $"{{{labels}}}" : "";
    }

    private sealed class Series(int buckets)
    {
        public double Value;
        public long Count;
        public readonly long[] Buckets = new long[buckets];
    }
}
