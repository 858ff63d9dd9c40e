using System.Diagnostics;
using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks;

/// <summary>How long it takes until `shifter` has written its first byte, next to programs that do nothing else: <c>/bin/true</c> and the .NET host that prints its version.</summary>
/// <remarks>Each is started in turn, so that a busy moment of the machine falls on all of them. The program is the one file of <c>./dev cli</c>.</remarks>
internal static class CliBench
{
    private const int Rounds = 60;
    private const int QuickRounds = 20;
    private const double BoundMilliseconds = 200;

    /// <summary>A command that does all that every command does but ask a server: parse, read the configuration, write a table.</summary>
    internal static readonly string[] Command = ["context", "list"];

    public static async Task<int> RunAsync(bool quick, CancellationToken cancellationToken)
    {
        var program = Environment.GetEnvironmentVariable("TRAFFICSHIFTER_CLI") ?? throw new PeerException("TRAFFICSHIFTER_CLI does not name the program: run ./dev bench cli");
        var (shifter, help, host, nothing) = (new Percentiles(), new Percentiles(), new Percentiles(), new Percentiles());
        // The first start reads the file from the disk.
        await TimeAsync(program, Command, cancellationToken);
        for (var i = 0; i < (quick ? QuickRounds : Rounds); i++)
        {
            shifter.Add(await TimeAsync(program, Command, cancellationToken));
            help.Add(await TimeAsync(program, ["rollout", "start", "--help"], cancellationToken));
            host.Add(await TimeAsync("dotnet", ["--version"], cancellationToken));
            nothing.Add(await TimeAsync("/bin/echo", ["-"], cancellationToken));
        }
        var report = new
        {
            bench = "cli",
            command = $"shifter {string.Join(' ', Command)}",
            firstByteMs = new { shifter.P50, shifter.P99 },
            helpMs = new { help.P50, help.P99 },
            floorDotnetVersionMs = new { host.P50, host.P99 },
            floorEchoMs = new { nothing.P50, nothing.P99 },
            boundMs = BoundMilliseconds,
            ratio = Math.Round(shifter.P50 / host.P50, 3),
            withinBound = shifter.P50 < BoundMilliseconds,
            // On a machine that others keep busy the bound says more about them: then the floor of the same minutes decides.
            ok = shifter.P50 < BoundMilliseconds || shifter.P50 < host.P50,
        };
        Console.Out.WriteLine($"first byte of `shifter {string.Join(' ', Command)}`: {shifter.P50} ms (half of the starts), {shifter.P99} ms (99 of 100)");
        Console.Out.WriteLine($"`dotnet --version` in the same minutes: {host.P50} ms; `echo`: {nothing.P50} ms");
        Console.Out.WriteLine(JsonSerializer.Serialize(report, DocumentJson.Options));
        return report.ok ? 0 : 1;
    }

    /// <summary>From just before the start to the first byte on stdout.</summary>
    internal static async Task<TimeSpan> TimeAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        var began = Stopwatch.GetTimestamp();
        using var process = Process.Start(start)!;
        var read = await process.StandardOutput.BaseStream.ReadAsync(new byte[1], cancellationToken);
        var took = Stopwatch.GetElapsedTime(began);
        await process.StandardOutput.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        if (read == 0 || process.ExitCode != 0) throw new PeerException($"{program} {string.Join(' ', arguments)} wrote nothing, or ended with {process.ExitCode}: {await process.StandardError.ReadToEndAsync(cancellationToken)}");
        return took;
    }
}
