using System.Diagnostics;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Dashboard.Tests;

/// <summary>The dashboard's packages, as its lock file names them.</summary>
internal static class Packages
{
    public static readonly string Sources = Path.Combine(PeerLocator.RepositoryRoot, "src", "TrafficShifter.Dashboard");

    private static readonly Lazy<Task> Installation = new(InstallAsync);

    /// <summary>Installed once for all tests, with the types that are made from openapi.json; a clone that is fresh has neither.</summary>
    public static Task Installed => Installation.Value;

    private static async Task InstallAsync()
    {
        await RunAsync("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error");
        await RunAsync("npm", "run", "types");
    }

    /// <summary>Runs npm, or what a package brings (npx), with the dashboard's folder as its own. Anything but exit code 0 fails with what was said.</summary>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(PeerLocator.Find(program == "npx" ? "npm" : program)) { WorkingDirectory = Sources, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in program == "npx" ? ["exec", "--", .. arguments] : arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}:\n{string.Concat(said)}");
    }
}
