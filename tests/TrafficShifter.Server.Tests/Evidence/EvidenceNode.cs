using System.Buffers;
using System.Globalization;
using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.HAProxy.AccessLogs;
using TrafficShifter.Server.Evidence;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Evidence;

/// <summary>A node's evidence without a HAProxy: lines in, series out. `shop` is on `map` routing over pool web, `cart` on `weights` routing in the backend cart.</summary>
internal sealed class EvidenceNode
{
    public static readonly string[] Both = ["shop", "cart"];
    private readonly OctetFrames _frames = new();
    private TrafficSnapshot _snapshot = TrafficSnapshot.Empty;
    private ulong _index;
    private long _sequence;

    public EvidenceNode(long[]? block = null, bool isNew = true)
    {
        Block = block ?? new long[EvidenceLayout.Length];
        Node = new NodeEvidence("hap1", Block, isNew, Time);
        foreach (var app in Both) SetRollout(app, running: false);
    }

    public ManualTime Time { get; } = new();

    public long[] Block { get; }

    public NodeEvidence Node { get; }

    public void SetRollout(string app, bool running)
    {
        var name = AppName.Parse(app);
        var routing = app == "shop" ? new Routing { Kind = RoutingKind.Map, Pool = PoolName.Parse("web") } : new Routing { Backend = ProxyName.Parse("cart") };
        Change(
            new Entry(Keys.App(name), DocumentJson.Write(new AppDefinition { Name = name, Routing = routing.WithDefaults() }), ++_index),
            new Entry(Keys.StateOf(name), DocumentJson.Write(new AppState { Stable = Colour.Blue, Rollout = running ? $"{app}-1" : null }), ++_index));
    }

    public void Delete(string app)
    {
        var name = AppName.Parse(app);
        Change(new Entry(Keys.App(name), DocumentJson.Write(_snapshot.Find(name).Definition.Value! with { Deleted = true }), ++_index));
    }

    /// <summary>A line with the next number: <c>web_blue blue1 200 -- 0 0/0/1 r.500.web.shop 17</c>.</summary>
    public EvidenceNode Log(string line, int times = 1)
    {
        for (var i = 0; i < times; i++) Node.Take(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"ts1 77 http {_sequence++} {line}")));
        return this;
    }

    /// <summary>HAProxy wrote lines that never arrived.</summary>
    public void Miss(long lines) => _sequence += lines;

    /// <summary>A stream as it arrives over TCP.</summary>
    public int Stream(ReadOnlySpan<byte> bytes) => Node.Take(_frames, bytes);

    public void Turn(long dropped = 0)
    {
        Time.Advance(TimeSpan.FromSeconds(1));
        Node.Turn(dropped);
    }

    /// <summary>The lines of a scrape that are not 0, without the node's label: <c>evidence_requests_total{app="shop",colour="blue",half="a"} 2</c>.</summary>
    public IReadOnlyList<string> Series(bool coarse = false, bool zeros = false)
    {
        var output = new ArrayBufferWriter<byte>();
        Node.Read(reading =>
        {
            EvidenceWriter.WriteNode(output, reading, isReceiving: true);
            if (coarse) EvidenceWriter.WriteCoarse(output, reading);
            else EvidenceWriter.WriteActive(output, reading);
        });
        return [.. Encoding.ASCII.GetString(output.WrittenSpan).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(l => l.Replace("trafficshifter_", "", StringComparison.Ordinal).Replace("node=\"hap1\",", "", StringComparison.Ordinal).Replace("{node=\"hap1\"}", "", StringComparison.Ordinal))
            .Where(l => zeros || !l.EndsWith(" 0", StringComparison.Ordinal))];
    }

    /// <summary>The sum of the series that begin so: <c>evidence_bad_total{app="shop",colour="green"</c>.</summary>
    public long Sum(string beginning) => Series().Where(l => l.StartsWith(beginning, StringComparison.Ordinal)).Sum(l => long.Parse(l.AsSpan(l.LastIndexOf(' ')), CultureInfo.InvariantCulture));

    private void Change(params Entry[] entries)
    {
        var before = _snapshot;
        _snapshot = before.With(entries.Select(e => (e.Key, (Entry?)e)), _index);
        Node.Follow(_snapshot, _snapshot.ChangedSince(before));
    }
}
