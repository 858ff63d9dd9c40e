using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using TrafficShifter.Core.Apps;
using TrafficShifter.Demo.Peers;
using TrafficShifter.HAProxy.AccessLogs;

namespace TrafficShifter.HAProxy.Tests.AccessLogs;

/// <summary>The line that is read is the one that the shipped configurations write, and a real HAProxy writes it so.</summary>
public sealed partial class LogFormatTests
{
    [Theory]
    [InlineData("haproxy.cfg")]
    [InlineData("map.cfg")]
    [InlineData("snippets/access-log.cfg")]
    public void The_shipped_configurations_write_the_line_that_is_read(string file) =>
        File.ReadAllText(Path.Combine(PeerLocator.RepositoryRoot, "haproxy", file)).ShouldContain($"log-format \"{AccessRecordReader.LogFormat}\"\n");

    [Fact]
    public async Task A_real_HAProxy_writes_lines_that_are_read_and_counts_what_it_served()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var nobody = FreePorts.Take();
        await using var haproxy = await HAProxyProcess.StartAsync(
            new HAProxySetup { Backends = [new HAProxyBackend("shop", ["shop.example.com"], [new HAProxyServer("blue1", nobody, Checked: false)])], LogReaderPort = ((IPEndPoint)listener.LocalEndpoint).Port }, CancellationToken.None);
        using var http = new HttpClient { BaseAddress = haproxy.FrontendUrl, DefaultRequestHeaders = { Host = "shop.example.com" } };

        using (var answer = await http.GetAsync(new Uri("/", UriKind.Relative))) answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        using (var answer = await http.GetAsync(new Uri("/", UriKind.Relative))) answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        using var reader = await listener.AcceptTcpClientAsync();
        var lines = await ReadAsync(reader.GetStream(), 2);
        // The waits between its attempts are HAProxy's first time, as waiting in a queue is.
        lines.ShouldAllBe(line => Line().IsMatch(line));
        lines.Select(line => line.Split(' ')[3]).ShouldBe(["0", "1"]);

        var balancer = new HAProxyLoadBalancer(new RuntimeApiClient(RuntimeApiAddress.Parse(haproxy.RuntimeApiSocket), new RuntimeApiOptions()));
        var counts = await balancer.CountTrafficAsync([ProxyName.Parse("shop"), ProxyName.Parse("nothing")], CancellationToken.None);
        (counts.DroppedRecords, counts.Backends.Keys.Single().Value, counts.Backends.Values.Single().Requests).ShouldBe((0, "shop", 2));
        counts.Backends.Values.Single().Redispatched.Single().Key.Value.ShouldBe("blue1");
    }

    [Fact]
    public void Rings_and_datagrams_say_what_they_dropped()
    {
        ShowEvents.ParseDropped("""
            Supported events sinks are listed below. Add -w(wait), -n(new). Any key to stop
                stdout     : type=fd, 3 dropped, standard output (fd#1)
                buf0       : type=buffer, 2 dropped, in-memory ring buffer
                shifter    : type=buffer, 1311 dropped, shifter
            """).ShouldBe(1313);
        ShowInfo.ParseDroppedLogs("Name: HAProxy\nDroppedLogs: 17\nPid: 1\n").ShouldBe(17);
        ShowInfo.ParseDroppedLogs("Name: HAProxy\n").ShouldBe(0);
        Should.Throw<FormatException>(() => ShowEvents.ParseDropped("    shifter    : type=buffer, many dropped, shifter"));
    }

    [GeneratedRegex(@"^ts1 \d+ http \d shop blue1 503 SC 3 \d+/-1/-1 - -$")]
    private static partial Regex Line();

    private static async Task<List<string>> ReadAsync(NetworkStream stream, int records)
    {
        var (frames, buffer, filled, lines) = (new OctetFrames(), new byte[4_096], 0, new List<string>());
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (lines.Count < records)
        {
            var read = await stream.ReadAsync(buffer.AsMemory(filled), patience.Token);
            if (read == 0) throw new EndOfStreamException("HAProxy closed its log");
            filled += read;
            lines.AddRange(Cut(frames, buffer, ref filled));
        }
        return lines;
    }

    private static List<string> Cut(OctetFrames frames, byte[] buffer, ref int filled)
    {
        var lines = new List<string>();
        while (frames.TryTake(buffer.AsSpan(0, filled), out var record, out var taken) == FrameResult.Record)
        {
            AccessRecordReader.TryRead(record, out _, out var reason).ShouldBeTrue(string.Create(CultureInfo.InvariantCulture, $"{reason}"));
            lines.Add(System.Text.Encoding.ASCII.GetString(record));
            buffer.AsSpan(taken, filled - taken).CopyTo(buffer);
            filled -= taken;
        }
        return lines;
    }
}
