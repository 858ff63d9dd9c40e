using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Tests;

/// <summary>What only the program itself shows: signals, pipes, its own streams.</summary>
public sealed class ProcessTests
{
    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_signal_ends_it_with_130(string signal)
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var process = Start(["events", "--server", $"http://{silent.LocalEndpoint}"]);
        // It has asked, so it is waiting now.
        using var asked = await silent.AcceptTcpClientAsync(Patience());
        await asked.GetStream().ReadExactlyAsync(new byte[1], Patience());
        using (var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)])) await kill.WaitForExitAsync();

        await process.WaitForExitAsync(Patience());

        process.ExitCode.ShouldBe(ExitCode.Interrupted);
    }

    [Fact]
    public async Task A_reader_that_has_enough_is_no_error()
    {
        var start = new ProcessStartInfo("bash", ["-c", "set -o pipefail; \"$@\" | head -c 10; echo \" ${PIPESTATUS[0]}\"", "bash", "dotnet", Program, "--help"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(Patience());
        (await process.StandardError.ReadToEndAsync(Patience())).ShouldBeEmpty();
        output.ShouldBe("Shifts tra 0\n");
    }

    [Fact]
    public async Task Redirected_it_writes_neither_a_byte_order_mark_nor_escape_codes()
    {
        using var process = Start(["version"]);
        var output = await process.StandardOutput.ReadToEndAsync(Patience());
        await process.WaitForExitAsync(Patience());
        (process.ExitCode, output).ShouldBe((0, $"shifter {Product.Version}\n"));
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "shifter.dll");

    private static CancellationToken Patience() => new CancellationTokenSource(TimeSpan.FromMinutes(2)).Token;

    /// <summary>With signals as they are at a terminal: what runs in the background of a script begins with SIGINT ignored, and so would all that it starts.</summary>
    private static Process Start(string[] arguments) => Process.Start(new ProcessStartInfo("env", ["--default-signal=INT,TERM", "dotnet", Program, .. arguments])
    {
        RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, Environment = { ["SHIFTER_CONFIG"] = "/nowhere/config.json" },
    })!;
}
