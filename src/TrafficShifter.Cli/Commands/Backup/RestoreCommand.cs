using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Commands.Colours;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;
using TrafficShifter.Core.Backups;

namespace TrafficShifter.Cli.Commands.Backup;

/// <summary>
/// <c>shifter restore -f FILE</c>: writes a backup. Where something was decided already it asks, and says beforehand what would change.
/// <c>shifter restore COLOUR</c>: brings back what was evacuated.
/// </summary>
internal static class RestoreCommand
{
    public static Command Create(Shell shell)
    {
        var (colour, file) = (ColoursCommand.Colour(optional: true), Arguments.File("The backup; - is the standard input"));
        var dryRun = Arguments.DryRun("Say what a backup would write; write nothing");
        var plan = new Option<string?>("--plan") { Description = "How applications come back to COLOUR: a plan's file or name (default: each one's own, else standard)", HelpName = "PLAN" };
        var parallelism = new Option<int?>("--parallelism") { Description = "So many applications come back at one time, 1 to 1000 (default 10)", HelpName = "N" };
        var watch = new Option<bool>("--watch") { Description = "Watch until all applications are back; exit code 1 when some are not" };
        return new Verb("restore", "Bring back what left COLOUR when it was evacuated, by canary. Or write a backup into an installation: without --yes only where nobody has decided anything yet; it takes nothing away",
            "shifter restore green --watch", "shifter restore -f prod.backup --dry-run", "shifter restore -f prod.backup --context new") { colour, file, dryRun, plan, parallelism, watch }
            .Does(shell, run =>
        {
            var named = run.Parsed.GetResult(colour)?.Tokens is [var token] ? token.Value : null;
            if ((named is null) == (run.Get(file) is null)) throw Failure.Usage("what? A colour that was evacuated, or a backup with -f", "shifter restore green, or shifter restore -f FILE");
            if (named is not null && run.Get(dryRun)) throw Failure.Usage("--dry-run is of a backup; what a restore of a side would do is told by shifter colours get");
            return named is not null ? BringBack.RunAsync(run, named, run.Get(plan), run.Get(parallelism), run.Get(watch)) : RunAsync(run, run.Get(file)!, run.Get(dryRun));
        });
    }

    private static async Task<int> RunAsync(Invocation run, string file, bool dryRun)
    {
        var text = InputFile.ReadText(run, file);
        if (BackupFile.Read(text) is BackupReading.Refused refused) throw new Failure(ExitCode.No, $"{InputFile.Name(file)} is not a whole backup: {refused.Problem}", "nothing changed");
        run.SayWhere("restore");
        var trial = await SendAsync(run, text, "dryRun=true");
        if (!dryRun && !trial.Json.Is("empty"))
            run.ConfirmByTyping(string.Create(CultureInfo.InvariantCulture, $"{run.Connection.Label} is not empty: {trial.Json.Find("changed")} keys are overwritten and {trial.Json.Find("created")} added, weights and locks included."), run.Connection.Label);
        var reply = dryRun ? trial : await SendAsync(run, text, "overwrite=true");
        run.Data.Write(reply.Json, output => Describe(output, reply.Json, dryRun));
        return ExitCode.Done;
    }

    private static Task<ApiReply> SendAsync(Invocation run, string text, string query) =>
        run.Api.SendAsync(HttpMethod.Put, "backup".With(query, run.Settings.Reason is { } reason ? Arguments.Query("reason", reason) : null), new StringContent(text, Encoding.UTF8, "application/x-ndjson"), run.Cancelled);

    private static void Describe(TextWriter output, JsonElement answer, bool dryRun)
    {
        output.WriteLine($"{(dryRun ? "would write" : "wrote")} the backup of {Shown.Date(answer.Time("at"))} UTC: {answer.Find("created")} keys created, {answer.Find("changed")} changed, {answer.Find("same")} as they are");
        foreach (var key in answer.List("beside")) output.WriteLine($"beside it stays {Plain.Text(key.ToString())}");
    }
}
