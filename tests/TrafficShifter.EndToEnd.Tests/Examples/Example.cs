using System.Diagnostics;
using System.Text.RegularExpressions;
using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.EndToEnd.Tests.Examples;

/// <summary>A folder of <c>examples/</c>, copied so that its durations can be short and its addresses those of a test; all else is as people get it.</summary>
public sealed partial class Example : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);
    private readonly string _home = Directory.CreateTempSubdirectory("example-").FullName;
    private readonly ShiftingStack _stack;

    /// <param name="replace">Texts of its files, and what stands there in the test.</param>
    public Example(ShiftingStack stack, string name, params (string Old, string New)[] replace)
    {
        _stack = stack;
        var source = Path.Combine(Root, "examples", name);
        foreach (var file in Directory.EnumerateFiles(source, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(Folder, Path.GetRelativePath(source, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            var text = File.ReadAllText(file);
            if (Path.GetExtension(file) == ".yaml") text = Shorten(text);
            foreach (var (old, next) in replace) text = text.Replace(old, next, StringComparison.Ordinal);
            File.WriteAllText(target, text);
        }
        Install("shifter", $"exec dotnet '{Path.Combine(AppContext.BaseDirectory, "shifter.dll")}' \"$@\"");
    }

    public string Folder => Path.Combine(_home, "example");

    /// <summary>Puts a program on the script's path.</summary>
    public void Install(string name, string script)
    {
        var path = Path.Combine(_home, "bin", name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, $"#!/usr/bin/env bash\n{script}\n");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Runs one of its scripts to its end.</summary>
    /// <returns>Its exit code, and what it wrote to both outputs.</returns>
    public async Task<(int Code, string Said)> RunAsync(string script, IEnumerable<string> arguments, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(Folder, script), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, WorkingDirectory = Folder };
        start.Environment["PATH"] = $"{Path.Combine(_home, "bin")}:{start.Environment["PATH"]}";
        start.Environment["HOME"] = _home;
        start.Environment["SHIFTER_ADDR"] = _stack.Server.Address.ToString();
        start.Environment["SHIFTER_TOKEN"] = _stack.Token;
        foreach (var (name, value) in variables) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{script} has not ended within {Patience.TotalMinutes} min; it said\n{await output}\n{await errors}");
        }
        return (process.ExitCode, $"{await output}\n{await errors}");
    }

    public void Dispose() => Directory.Delete(_home, recursive: true);

    /// <summary>Hours of a plan or a campaign in seconds: every hold, window, interval and pause. Deadlines stay.</summary>
    private static string Shorten(string yaml) => Durations().Replace(yaml, found => $"{found.Groups["name"].Value}{(found.Groups["name"].Value.StartsWith("interval", StringComparison.Ordinal) ? "1s" : "3s")}")
        .Replace("minRequests: 20", "minRequests: 5", StringComparison.Ordinal);

    [GeneratedRegex(@"(?<name>\b(hold|window|interval|pause): )[0-9]+[smh]", RegexOptions.CultureInvariant)]
    private static partial Regex Durations();

    private static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "TrafficShifter.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException("the repository is not above the tests");
    }
}
