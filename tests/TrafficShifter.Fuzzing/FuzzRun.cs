using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using TrafficShifter.Fuzzing.Engine;
using Recorder = TrafficShifter.Demo.Show.Recorder;

namespace TrafficShifter.Fuzzing;

/// <summary>The long form: each target in a process of its own, then a table, then one line of JSON.</summary>
internal static class FuzzRun
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Where inputs that broke something are written: below the repository when it is started there.</summary>
    private static string Folder => Path.Combine(Environment.CurrentDirectory, ".run", "fuzz");

    public static async Task<int> RunAsync(FuzzOptions options, CancellationToken cancellationToken)
    {
        if (options.Only is { } only && !AllTargets.Names.Contains(only)) throw new FormatException($"there is no target \"{only}\"; there are {string.Join(", ", AllTargets.Names)}");
        if (options.Replay is { } file) return Replay(options.Only ?? throw new FormatException("--replay: for which target? --only TARGET"), await File.ReadAllBytesAsync(file, cancellationToken));
        if (options.Here) return RunHere(options, cancellationToken);
        var tallies = new List<Tally>();
        foreach (var name in AllTargets.Names.Where(n => options.Only is null || n == options.Only))
        {
            await Console.Error.WriteLineAsync($"{DateTime.UtcNow:HH:mm:ss} {name}");
            tallies.Add(await RunApartAsync(name, options, cancellationToken));
            if (cancellationToken.IsCancellationRequested) return 130;
        }
        var recorder = options.Record ? Recorder.Begin() : null;
        Print(tallies);
        if (tallies.Any(t => t.Violations.Count > 0)) return 1;
        if (recorder is not null) await recorder.WriteAsync("docs/reliability.md", "fuzz", $"./dev test --fuzz --cases {options.Cases} --seed {options.Seed}", cancellationToken);
        return 0;
    }

    /// <summary>A process that dies leaves its last input, which is then the violation.</summary>
    private static async Task<Tally> RunApartAsync(string name, FuzzOptions options, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true };
        foreach (var argument in new[] { typeof(FuzzRun).Assembly.Location, "--here", "--only", name, "--cases", $"{options.Cases}", "--seed", $"{options.Seed}" }) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        await process.WaitForExitAsync(CancellationToken.None);
        var last = LastInput.Find(Path.Combine(Folder, $"{name}.last"));
        if (process.ExitCode is 0 or 1 && last is null) return JsonSerializer.Deserialize<Tally>(output.TrimEnd().Split('\n')[^1], Json)!;
        cancellationToken.ThrowIfCancellationRequested();
        var died = new Violation(name, "died", $"the process ended with exit code {process.ExitCode}", last ?? []);
        Report(died);
        return new Tally(name, 0, 0, 0, 0, TimeSpan.Zero, 0, [died]);
    }

    private static int RunHere(FuzzOptions options, CancellationToken cancellationToken)
    {
        Tally tally;
        using (var target = AllTargets.Make(options.Only!)!)
        {
            tally = new Fuzzer(target, options.Seed, Folder).Run(options.Cases, Corpus.Of(target.Name), cancellationToken);
            foreach (var violation in tally.Violations) Report(violation with { Input = Shrinker.Shrink(violation.Input, input => new Fuzzer(target, 0, Folder).FindViolation(input)?.Kind == violation.Kind) });
        }
        // The last line: a server that was tried has said its own before.
        Console.WriteLine(JsonSerializer.Serialize(tally, Json));
        return tally.Violations.Count > 0 ? 1 : 0;
    }

    private static int Replay(string name, byte[] input)
    {
        using var target = AllTargets.Make(name)!;
        var violation = new Fuzzer(target, 0, Folder).FindViolation(input);
        Console.WriteLine(violation?.Sentence ?? "no violation");
        return violation is null ? 0 : 1;
    }

    private static void Report(Violation violation) =>
        Console.Error.WriteLine($"{violation.Target}: {violation.Sentence}\n  the input: {Path.GetRelativePath(Environment.CurrentDirectory, Corpus.Save(Folder, violation))}");

    private static void Print(List<Tally> tallies)
    {
        var table = new Table().AddColumns("target", "cases", "accepted", "rejected", "answers", "slowest input", "largest allocation", "violations");
        foreach (var numbers in table.Columns.Skip(1)) numbers.RightAligned();
        foreach (var t in tallies)
            table.AddRow([t.Target, .. new[] { t.Cases, t.Accepted, t.Rejected, t.Classes }.Select(n => n.ToString("N0", CultureInfo.InvariantCulture)), $"{t.Slowest.TotalMilliseconds.ToString("N1", CultureInfo.InvariantCulture)} ms", $"{(t.MostBytes / 1024).ToString("N0", CultureInfo.InvariantCulture)} KiB", $"{t.Violations.Count}"]);
        AnsiConsole.Write(table);
        Console.WriteLine(JsonSerializer.Serialize(new { targets = tallies.Count, cases = tallies.Sum(t => t.Cases), violations = tallies.Sum(t => t.Violations.Count) }, Json));
    }
}
