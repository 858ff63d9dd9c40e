using System.Globalization;
using System.Text.RegularExpressions;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks;

/// <summary>The load generator wrk: cheap enough to leave the core to HAProxy.</summary>
internal static partial class Wrk
{
    /// <summary>One thread, 16 connections.</summary>
    /// <exception cref="PeerException">wrk is not installed, or requests failed.</exception>
    /// <param name="seconds">How long it runs.</param>
    /// <param name="script">A Lua script that makes the requests; null: all are alike.</param>
    public static async Task<LoadResult> RunAsync(int port, IReadOnlyList<string> headers, CancellationToken cancellationToken, int seconds = 1, string? script = null)
    {
        List<string> arguments = ["-t1", "-c16", string.Create(CultureInfo.InvariantCulture, $"-d{seconds}s"), .. script is null ? (string[])[] : ["-s", script], "--latency", .. headers.SelectMany(header => (string[])["-H", header]), string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/")];
        await using var wrk = ChildProcess.Start("wrk", Find(), arguments);
        await wrk.WaitForExitAsync(cancellationToken);
        var output = wrk.Output;
        if (output.Contains("Non-2xx", StringComparison.Ordinal) || output.Contains("Socket errors", StringComparison.Ordinal)) throw new PeerException($"requests failed:\n{output}");
        return new LoadResult(Number(Requests(), output), Number(Rate(), output), Milliseconds(P50(), output), Milliseconds(P99(), output), 0);
    }

    private static string Find()
    {
        try
        {
            return PeerLocator.Find("wrk");
        }
        catch (PeerException missing)
        {
            throw new PeerException("this bench needs the load generator wrk: `./dev peers --with-bench` installs it", missing);
        }
    }

    private static double Number(Regex pattern, string output) =>
        pattern.Match(output) is { Success: true } match ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) : throw new PeerException($"wrk said what was not understood:\n{output}");

    private static double Milliseconds(Regex pattern, string output) => Number(pattern, output) * pattern.Match(output).Groups[2].Value switch { "us" => 0.001, "ms" => 1, _ => 1000 };

    [GeneratedRegex(@"(\d+) requests in")]
    private static partial Regex Requests();

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex Rate();

    [GeneratedRegex(@"50%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex P50();

    [GeneratedRegex(@"99%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex P99();
}

internal sealed record LoadResult(double Requests, double RequestsPerSecond, double P50Ms, double P99Ms, double CpuMicroseconds);
