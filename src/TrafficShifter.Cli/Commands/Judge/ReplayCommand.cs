using System.CommandLine;
using System.Text;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Judging.Replay;

namespace TrafficShifter.Cli.Commands.Judge;

/// <summary><c>shifter judge replay FILE</c>: runs the judge over counts in a file and prints one JSON line for each tick.</summary>
internal static class ReplayCommand
{
    private const string Stdin = "-";

    public static Command Create()
    {
        var file = new Argument<string>("FILE")
        {
            Description = "CSV, one row per tick: t,step,candidate_requests,candidate_bad,stable_requests,stable_bad and, if wanted, candidate_slow50,stable_slow50, the same with 90 and 99. t in seconds. - is stdin",
        };
        var options = new ReplayOptions();
        var command = new Command("replay", "Runs the judge over counts in a file; prints one JSON line per tick. Exit code 2: the file or an option is refused") { file };
        foreach (var option in options.All) command.Add(option);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var name = parsed.GetRequiredValue(file);
            var reading = ReplayFile.Read(await ReadAsync(name, cancellationToken));
            if (reading is ReplayReading.Refused refused) throw Refuse(name, refused);
            var good = (ReplayReading.Good)reading;
            var constants = options.Constants(parsed, good.Latency);
            if (constants.FindProblem() is { } problem) throw new CommandFailedException(ExitCode.Usage, problem);
            if (JudgeReplay.FindProblem(good.Rows, constants) is { } beyond) throw Refuse(name, beyond);
            await using var output = new StreamWriter(Console.OpenStandardOutput(), new UTF8Encoding(false), 64 * 1024);
            foreach (var line in JudgeReplay.Run(good.Rows, constants, parsed.GetValue(options.Shares) ?? []))
            {
                cancellationToken.ThrowIfCancellationRequested();
                await output.WriteLineAsync(DocumentJson.Write(line));
            }
            return ExitCode.Ok;
        });
        return command;
    }

    private static CommandFailedException Refuse(string file, ReplayReading.Refused refused) => new(ExitCode.Usage, $"{(file == Stdin ? "stdin" : file)}, {refused}");

    private static async Task<string[]> ReadAsync(string file, CancellationToken cancellationToken)
    {
        try
        {
            if (file != Stdin) return await File.ReadAllLinesAsync(file, cancellationToken);
            using var input = new StreamReader(Console.OpenStandardInput(), Encoding.UTF8);
            return (await input.ReadToEndAsync(cancellationToken)).Split('\n').Select(line => line.TrimEnd('\r')).ToArray();
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailedException(ExitCode.Usage, $"cannot read {file}: {broken.Message}", broken);
        }
    }
}
