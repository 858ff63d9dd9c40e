using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Demo.Peers;
using TrafficShifter.HAProxy.AccessLogs;
using TrafficShifter.Server.Evidence;

namespace TrafficShifter.Benchmarks;

/// <summary>A process that does nothing but receive an access log and count it, as an agent does: its CPU is what a request costs.</summary>
internal sealed class AccessLogReceiver : IAsyncDisposable
{
    public const string Verb = "accesslog-receiver";
    private readonly Process _process;

    private AccessLogReceiver(Process process) => _process = process;

    public static AccessLogReceiver Start(int port, string file)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(AccessLogReceiver).Assembly.Location, Verb, $"127.0.0.1:{port}", file]) { RedirectStandardInput = true, RedirectStandardOutput = true };
        return new AccessLogReceiver(Process.Start(start) ?? throw new PeerException("the receiver did not start"));
    }

    public async Task<ReceiverReport> AskAsync(CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync("?".AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
        var line = await _process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new PeerException("the receiver ended");
        return JsonSerializer.Deserialize<ReceiverReport>(line)! with { CpuMicroseconds = ProcessCpu.ReadMicroseconds(_process.Id) };
    }

    /// <param name="name">STOP, CONT.</param>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) await KillAsync();
        _process.Dispose();
    }

    /// <summary>The other side: answers each line that it reads with a report.</summary>
    public static async Task<int> RunAsync(string address, string path, CancellationToken cancellationToken)
    {
        using var file = EvidenceFile.Open(path);
        var evidence = new NodeEvidence("bench", file.Memory, file.IsNew, TimeProvider.System);
        evidence.Follow(Snapshot(), Snapshot().Apps.Keys.ToHashSet());
        if (!LogAddress.TryParse(address, out var place)) throw new PeerException(LogAddress.FindProblem(address)!);
        _ = new LogReceiver(evidence, place, TimeProvider.System, NullLogger<LogReceiver>.Instance).RunAsync(cancellationToken);
        using var turns = new Timer(_ => evidence.Turn(0), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
        while (await Console.In.ReadLineAsync(cancellationToken) is not null)
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(new ReceiverReport(evidence.Received, evidence.Lost, GC.GetTotalAllocatedBytes(precise: true), 0)));
        return 0;
    }

    /// <summary>CPU µs to read and count one record that is in memory already.</summary>
    public static double MeasureCounting()
    {
        const int Records = 1_000, Rounds = 1_000;
        var evidence = new NodeEvidence("bench", new long[EvidenceLayout.Length], isNew: true, TimeProvider.System);
        evidence.Follow(Snapshot(), Snapshot().Apps.Keys.ToHashSet());
        var stream = Enumerable.Range(0, Records).Select(n => $"ts1 4711 http {n} {(n % 10 == 0 ? "web_green green1" : "web_blue blue1")} 200 -- 0 0/0/{n % 30} r.1000.web.random {(n % 10 == 0 ? 17 : 5_000)}")
            .SelectMany(r => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{r.Length} {r}"))).ToArray();
        var (frames, started) = (new OctetFrames(), TimeSpan.Zero);
        for (var round = -Rounds / 2; round < Rounds; round++)
        {
            if (round == 0) started = Environment.CpuUsage.TotalTime;
            evidence.Take(frames, stream);
        }
        return (Environment.CpuUsage.TotalTime - started).TotalMicroseconds / (Records * Rounds);
    }

    private static TrafficSnapshot Snapshot()
    {
        var name = AppName.Parse("random");
        var definition = new AppDefinition { Name = name, Routing = new Routing { Kind = RoutingKind.Map, Pool = PoolName.Parse("web") }.WithDefaults() };
        return TrafficSnapshot.Empty.WithAll([new Entry(Keys.App(name), DocumentJson.Write(definition), 1), new Entry(Keys.StateOf(name), DocumentJson.Write(new AppState { Stable = Colour.Blue }), 2)], 2);
    }
}

/// <param name="AllocatedBytes">On all threads since the start.</param>
internal sealed record ReceiverReport(long Records, long Lost, long AllocatedBytes, double CpuMicroseconds);
