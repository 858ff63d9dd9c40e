using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Load;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Upstream;

namespace TrafficShifter.Demo.Tests;

public sealed class LoadGeneratorTests : IAsyncLifetime
{
    private UpstreamApp _upstream = null!;

    private IReadOnlyList<Uri> BlueAndGreen => [At(_upstream.PortsOf(Colour.Blue)[0]), At(_upstream.PortsOf(Colour.Green)[0])];

    public async Task InitializeAsync() => _upstream = await UpstreamApp.StartAsync();

    public async Task DisposeAsync() => await _upstream.DisposeAsync();

    [Fact]
    public async Task Counts_what_the_servers_counted_by_colour_and_status()
    {
        await _upstream.SetAsync(Colour.Green, new ColourBehaviour { ErrorRatio = 0.3 });

        var report = await new LoadGenerator(new LoadOptions { Targets = BlueAndGreen, Count = 2000 }).RunAsync();

        report.Requests.ShouldBe(2000);
        report.Failures.ShouldBe(300);
        report.Of(Colour.Blue).ByStatus.ShouldBe(new Dictionary<int, long> { [200] = 1000 });
        report.Of(Colour.Green).ByStatus.ShouldBe(new Dictionary<int, long> { [200] = 700, [500] = 300 });
        report.Of(Colour.Green).FailuresByKind.ShouldBe(new Dictionary<string, long> { ["500"] = 300 });
        report.ByColour[LoadReport.NoColour].Requests.ShouldBe(0);
        report.RatioOf(Colour.Green).ShouldBe(0.5);
        report.P99.ShouldBeGreaterThanOrEqualTo(report.P50);
        report.P50.ShouldBeGreaterThan(TimeSpan.Zero);
        _upstream.Report(Colour.Green).Failed.ShouldBe(300);
        report.ToString().ShouldBe("2000 requests, 300 failed: green 300 × 500");
    }

    [Fact]
    public async Task A_refused_connection_is_a_failure_of_no_colour()
    {
        await _upstream.SetAsync(Colour.Green, new ColourBehaviour { Refuse = true });

        var report = await new LoadGenerator(new LoadOptions { Targets = BlueAndGreen, Count = 100 }).RunAsync();

        report.Requests.ShouldBe(100);
        report.Of(Colour.Blue).Requests.ShouldBe(50);
        report.ByColour[LoadReport.NoColour].FailuresByKind.ShouldBe(new Dictionary<string, long> { ["connection"] = 50 });
        report.Failures.ShouldBe(50);
    }

    [Fact]
    public async Task An_answer_that_does_not_come_in_time_is_a_failure()
    {
        await _upstream.SetAsync(Colour.Green, new ColourBehaviour { Latency = TimeSpan.FromMinutes(1) });

        var report = await new LoadGenerator(new LoadOptions { Targets = [BlueAndGreen[1]], Count = 20, Timeout = TimeSpan.FromMilliseconds(200) }).RunAsync();

        // The headers come with the body, so a late answer has no colour yet.
        report.ByColour[LoadReport.NoColour].FailuresByKind.ShouldBe(new Dictionary<string, long> { ["timeout"] = 20 });
        report.Requests.ShouldBe(20);
    }

    [Fact]
    public async Task An_answer_cut_short_is_a_failure_of_its_colour()
    {
        using var cutting = new TcpListener(IPAddress.Loopback, 0);
        cutting.Start();
        var serving = CutShortAsync(cutting, 10);

        var report = await new LoadGenerator(new LoadOptions { Targets = [At(((IPEndPoint)cutting.LocalEndpoint).Port)], Count = 10 }).RunAsync();
        await serving;

        report.Of(Colour.Green).FailuresByKind.ShouldBe(new Dictionary<string, long> { ["connection"] = 10 });
    }

    [Fact]
    public async Task A_server_error_without_a_colour_is_counted_under_none_and_a_client_error_is_no_failure()
    {
        var port = FreePorts.Take();
        var turn = 0;
        await using var proxy = await QuietWeb.StartAsync("proxy", [port], context =>
        {
            context.Response.StatusCode = Interlocked.Increment(ref turn) % 2 == 0 ? 503 : 404;
            return Task.CompletedTask;
        }, CancellationToken.None);

        var report = await new LoadGenerator(new LoadOptions { Targets = [At(port)], Count = 10 }).RunAsync();

        report.ByColour[LoadReport.NoColour].ByStatus.ShouldBe(new Dictionary<int, long> { [404] = 5, [503] = 5 });
        report.Failures.ShouldBe(5);
    }

    [Fact]
    public async Task The_rate_is_not_exceeded()
    {
        var report = await new LoadGenerator(new LoadOptions { Targets = BlueAndGreen, RequestsPerSecond = 200, Count = 101 }).RunAsync();

        report.Requests.ShouldBe(101);
        report.Elapsed.ShouldBeGreaterThan(TimeSpan.FromMilliseconds(490));
    }

    [Fact]
    public async Task No_more_requests_are_under_way_than_allowed()
    {
        var port = FreePorts.Take();
        var (underWay, most) = (0, 0);
        var gate = new TaskCompletionSource();
        var full = new TaskCompletionSource();
        await using var counting = await QuietWeb.StartAsync("counting", [port], async _ =>
        {
            var now = Interlocked.Increment(ref underWay);
            InterlockedMax(ref most, now);
            if (now == 4) full.TrySetResult();
            await gate.Task;
            Interlocked.Decrement(ref underWay);
        }, CancellationToken.None);

        var running = new LoadGenerator(new LoadOptions { Targets = [At(port)], Concurrency = 4, Count = 40 }).RunAsync();
        await full.Task.WaitAsync(TimeSpan.FromSeconds(10));
        gate.SetResult();
        await running;

        most.ShouldBe(4);
    }

    [Fact]
    public async Task Cancelling_is_a_normal_end_and_loses_no_request()
    {
        using var stop = new CancellationTokenSource();
        var generator = new LoadGenerator(new LoadOptions { Targets = BlueAndGreen });

        var running = generator.RunAsync(stop.Token);
        await Eventually.ItIsTrueThatAsync("some requests are counted while it runs", () => Task.FromResult(generator.Snapshot().Requests), requests => requests > 100);
        await stop.CancelAsync();
        var report = await running;

        report.Failures.ShouldBe(0);
        report.Of(Colour.Blue).Requests.ShouldBe(_upstream.Report(Colour.Blue).Requests);
        report.Of(Colour.Green).Requests.ShouldBe(_upstream.Report(Colour.Green).Requests);
        generator.Snapshot().Requests.ShouldBe(report.Requests);
    }

    [Fact]
    public async Task It_ends_by_itself_after_its_duration()
    {
        var report = await new LoadGenerator(new LoadOptions { Targets = BlueAndGreen, RequestsPerSecond = 100, Duration = TimeSpan.FromMilliseconds(200) }).RunAsync().WaitAsync(TimeSpan.FromSeconds(20));

        report.Failures.ShouldBe(0);
        report.Requests.ShouldBe(_upstream.Report(Colour.Blue).Requests + _upstream.Report(Colour.Green).Requests);
    }

    [Fact]
    public void Impossible_options_are_refused()
    {
        Should.Throw<ArgumentException>(() => new LoadGenerator(new LoadOptions { Targets = [] }));
        Should.Throw<ArgumentException>(() => new LoadGenerator(new LoadOptions { Targets = [At(80)], Concurrency = 0 }));
        Should.Throw<ArgumentException>(() => new LoadGenerator(new LoadOptions { Targets = [At(80)], RequestsPerSecond = double.NaN }));
    }

    private static async Task CutShortAsync(TcpListener listener, int times)
    {
        for (var i = 0; i < times; i++)
        {
            using var client = await listener.AcceptTcpClientAsync();
            await client.GetStream().ReadAtLeastAsync(new byte[4096], 1);
            await client.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nX-Colour: green\r\nContent-Length: 100\r\n\r\nnot all of it"u8.ToArray());
        }
    }

    private static Uri At(int port) => new($"http://127.0.0.1:{port}/");

    private static void InterlockedMax(ref int target, int value)
    {
        for (var seen = Volatile.Read(ref target); seen < value; seen = Volatile.Read(ref target)) Interlocked.CompareExchange(ref target, value, seen);
    }
}
