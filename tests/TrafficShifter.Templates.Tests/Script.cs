using System.Diagnostics;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Templates.Tests;

/// <summary>How a run of a program ended.</summary>
internal sealed record Ran(int ExitCode, string Output, string Errors);

/// <summary>The apply script as a host runs it, with a state folder of its own.</summary>
internal sealed class Script : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public string Folder { get; } = Directory.CreateTempSubdirectory("apply-").FullName;

    public string Wanted => Path.Combine(Folder, "wanted");

    /// <summary>Further variables; those of a host are set already.</summary>
    public Dictionary<string, string> Variables { get; } = [];

    public static string PathOf(string file) => Path.Combine(Templates.Folder, "apply", file);

    /// <summary>Applies this rendered file.</summary>
    public async Task<Ran> ApplyAsync(string rendered, params string[] options)
    {
        await File.WriteAllTextAsync(Path.Combine(Folder, "runtime"), rendered);
        return await RunAsync(["runtime", .. options]);
    }

    /// <summary>Puts this rendered file in the place of another.</summary>
    public async Task<Ran> InstallAsync(string rendered, string destination, params string[] options)
    {
        var staged = Path.Combine(Folder, "staged");
        await File.WriteAllTextAsync(staged, rendered);
        return await RunAsync(["install", .. options, staged, destination]);
    }

    public Task<Ran> RunAsync(IReadOnlyList<string> arguments) => RunAsync(PathOf("traffic-shifter-apply"), arguments, Variables, Folder);

    /// <summary>A command line, as consul-template's configuration has it.</summary>
    public Task<Ran> ShellAsync(string command) => RunAsync("/bin/sh", ["-c", command], Variables, Folder);

    public static Task<Ran> AwkAsync(params IReadOnlyList<string> arguments) => RunAsync("awk", arguments, new Dictionary<string, string>(), Path.GetTempPath());

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    private static async Task<Ran> RunAsync(string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> variables, string folder)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TRAFFIC_SHIFTER_STATE"] = folder;
        start.Environment["TRAFFIC_SHIFTER_TRIES"] = "1";
        start.Environment["PATH"] = Path.GetDirectoryName(PeerLocator.Find("haproxy")) + ":" + Environment.GetEnvironmentVariable("PATH");
        foreach (var (name, value) in variables) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var patience = new CancellationTokenSource(Patience);
        await process.WaitForExitAsync(patience.Token);
        return new Ran(process.ExitCode, await output, await errors);
    }
}
