using System.CommandLine;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Judging.Replay;

namespace TrafficShifter.Cli.Commands.Judge;

/// <summary><c>shifter judge replay FILE</c>: runs the judge over counts in a file and prints one JSON line for each tick. Needs no server.</summary>
internal static class ReplayCommand
{
    private const string Stdin = "-";

    public static Verb Create(Shell shell)
    {
        var options = new ReplayOptions();
        var file = new Argument<string>("file")
        {
            HelpName = "FILE",
            Description = "CSV with a row for each tick: t (seconds), step (from 1), candidate_requests, candidate_bad, stable_requests, stable_bad; for latency also candidate_slow50, stable_slow50, and the same with 90 and 99. - is stdin",
        };
        var replay = new Verb(
            "replay", "Run the judge over counts in a file; one JSON line for each tick. A file that cannot be right is refused with exit code 2",
            "shifter judge replay counts.csv", "shifter judge replay counts.csv --alpha 0.001 --steps 3 --shares 1%,10%,50%", "shifter judge replay - --baseline 0.002") { file };
        foreach (var option in options.All) replay.Add(option);
        return replay.Does(shell, run => RunAsync(run, run.Get(file), options));
    }

    private static async Task<int> RunAsync(Invocation run, string file, ReplayOptions options)
    {
        var reading = ReplayFile.Read(await ReadAsync(run, file));
        if (reading is ReplayReading.Refused refused) throw Refuse(file, refused);
        var good = (ReplayReading.Good)reading;
        var constants = options.Constants(run.Parsed, good.Latency);
        if (constants.FindProblem() is { } problem) throw Failure.Usage(problem, "shifter judge replay --help");
        if (JudgeReplay.FindProblem(good.Rows, constants) is { } beyond) throw Refuse(file, beyond);
        foreach (var line in JudgeReplay.Run(good.Rows, constants, run.Get(options.Shares) ?? []))
        {
            run.Cancelled.ThrowIfCancellationRequested();
            run.Terminal.Out.WriteLine(DocumentJson.Write(line));
        }
        return ExitCode.Done;
    }

    private static Failure Refuse(string file, ReplayReading.Refused refused) => Failure.Usage($"{(file == Stdin ? "stdin" : file)}, {refused}");

    private static async Task<string[]> ReadAsync(Invocation run, string file)
    {
        try
        {
            if (file != Stdin) return await File.ReadAllLinesAsync(file, run.Cancelled);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            throw Failure.Usage($"cannot read {file}: {broken.Message}");
        }
        return [.. run.Terminal.In.ReadToEnd().Split('\n').Select(line => line.TrimEnd('\r'))];
    }
}
