using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Server.Evidence;

namespace TrafficShifter.Server.Tests.Evidence;

/// <summary>The access log of a real HAProxy on each way to the agent. `cart` is the backend.</summary>
public sealed class LogReceiverTests : IAsyncLifetime, IDisposable
{
    private const int Requests = 100;
    private readonly string _folder = Directory.CreateTempSubdirectory("log-").FullName;
    private readonly EvidenceNode _node = new();
    private readonly int _port = FreePorts.Take();
    private readonly HttpClient _http = new() { DefaultRequestHeaders = { Host = "cart.example.com" } };
    private Testing.Receiver _origin = null!;
    private HAProxyProcess? _haproxy;
    private long _sent;
    private long _unseen;

    public async Task InitializeAsync()
    {
        _node.SetRollout("cart", running: true);
        _node.Sum("evidence_requests_total").ShouldBe(0); // the first scrape, which the series begin with
        _origin = await Testing.Receiver.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_haproxy is not null) await _haproxy.DisposeAsync();
        await _origin.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("127.0.0.1:{0}", "ring@shifter", 0)]
    [InlineData("udp:127.0.0.1:{0}", "127.0.0.1:{0}", Requests)]
    [InlineData("unixgram:{1}/log.sock", "{1}/log.sock", Requests)]
    public async Task Every_line_is_counted_or_known_to_be_lost_and_those_of_a_ring_wait_while_nobody_reads(string listen, string log, int lost)
    {
        await StartHAProxyAsync(Place(log));
        await using (await Running.StartAsync(_node.Node, Place(listen)))
        {
            await BeginAsync();
            await RequestAsync(Requests);
            await SettleAsync();
        }
        if (lost == 0) _unseen.ShouldBe(0);
        var before = _node.Node.Lost;
        await RequestAsync(Requests);
        await using (await Running.StartAsync(_node.Node, Place(listen)))
        {
            await RequestAsync(Requests);
            await SettleAsync();
        }

        // A Unix socket takes ten datagrams, and under load loses more than those that nobody waited for. Of a ring the line is lost, and known to be,
        // that HAProxy sends before it has noticed that its reader went.
        (_node.Node.Lost - before).ShouldBeInRange(lost, lost == 0 ? 1 : lost + Requests);
        if (lost == 0) before.ShouldBe(0);
        _node.Sum("evidence_requests_total{app=\"cart\",colour=\"blue\"").ShouldBe(_node.Node.Received);
        _node.Series().ShouldNotContain(line => line.Contains("rejected", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_place_that_is_taken_is_a_problem_until_it_is_free()
    {
        var other = new UdpClient(new IPEndPoint(IPAddress.Loopback, _port));
        await using var taking = new Running(_node.Node, Place("udp:127.0.0.1:{0}"));
        await Running.SeeAsync(() => taking.Receiver.Problem is not null, "a problem");
        taking.Receiver.Problem.ShouldBe($"the access log cannot be taken at udp:127.0.0.1:{_port}: Address already in use");

        other.Dispose();

        await Running.SeeAsync(() => taking.Receiver.Problem is null, "no problem any more");
    }

    private string Place(string text) => string.Format(CultureInfo.InvariantCulture, text, _port, _folder);

    /// <summary>The reference configuration, where its line goes to the ring or somewhere else.</summary>
    private async Task StartHAProxyAsync(string log)
    {
        _haproxy = await HAProxyProcess.StartAsync(
            new HAProxySetup
            {
                Backends = [new HAProxyBackend("cart", ["cart.example.com"], [new HAProxyServer("blue1", _origin.Port, Checked: false)])],
                LogReaderPort = _port,
                Variables = new Dictionary<string, string> { ["HAPROXY_ACCESS_LOG"] = log },
            },
            CancellationToken.None);
    }

    private async Task RequestAsync(int times)
    {
        for (; times > 0; times--, _sent++)
            using (var answer = await _http.GetAsync(_haproxy!.FrontendUrl)) answer.StatusCode.ShouldBe(HttpStatusCode.NoContent);
    }

    /// <summary>Returns when the first line has come. What was lost before it nobody can know of: that line is where the counting begins.</summary>
    private async Task BeginAsync()
    {
        for (var tries = 0; _node.Node.Received == 0; tries++)
        {
            if (tries == 20) throw new TimeoutException($"of {_sent} requests none is counted");
            await RequestAsync(1);
            // One that has not come by then was lost.
            using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
            for (; _node.Node.Received == 0 && !patience.IsCancellationRequested; _node.Turn()) await Task.Delay(5);
        }
        _unseen = _sent - _node.Node.Received - _node.Node.Lost;
    }

    /// <summary>Returns when each request is counted or lost. Lines tell of lost ones before them, so more are sent meanwhile.</summary>
    private async Task SettleAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (_node.Node.Received + _node.Node.Lost != _sent - _unseen)
        {
            if (patience.IsCancellationRequested) throw new TimeoutException($"of {_sent} requests {_node.Node.Received} are counted and {_node.Node.Lost} lost");
            await Task.Delay(50); // longer than a reader's turn, so that one that keeps up is seen to
            _node.Turn();
            if (_node.Node.Received + _node.Node.Lost != _sent - _unseen) await RequestAsync(1);
        }
    }

    /// <summary>A receiver that runs, until it is disposed.</summary>
    private sealed class Running : IAsyncDisposable
    {
        private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
        private readonly CancellationTokenSource _stop = new();
        private readonly Listening _listening = new();
        private readonly Task _run;

        public Running(NodeEvidence evidence, string place)
        {
            LogAddress.TryParse(place, out var address).ShouldBeTrue(place);
            Receiver = new LogReceiver(evidence, address!, TimeProvider.System, _listening);
            _run = Task.Run(() => Receiver.RunAsync(_stop.Token));
        }

        public LogReceiver Receiver { get; }

        /// <summary>Returns when it listens.</summary>
        public static async Task<Running> StartAsync(NodeEvidence evidence, string place)
        {
            var running = new Running(evidence, place);
            await Testing.Awaiting.ForAsync(running._listening.First, "the receiver listening");
            return running;
        }

        public static async Task SeeAsync(Func<bool> expected, string theEvent)
        {
            using var patience = new CancellationTokenSource(Patience);
            while (!expected())
            {
                if (patience.IsCancellationRequested) throw new TimeoutException($"after {Patience.TotalSeconds} s still missing: {theEvent}");
                await Task.Delay(5);
            }
        }

        public async ValueTask DisposeAsync()
        {
            await _stop.CancelAsync();
            await Testing.Awaiting.ForAsync(_run, "the receiver's end");
            _stop.Dispose();
        }
    }

    /// <summary>Tells when the receiver says that it listens.</summary>
    private sealed class Listening : ILogger<LogReceiver>
    {
        private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task First => _first.Task;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id == 230) _first.TrySetResult();
        }
    }
}
