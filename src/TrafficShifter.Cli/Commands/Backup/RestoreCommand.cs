using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;
using TrafficShifter.Core.Backups;

namespace TrafficShifter.Cli.Commands.Backup;

/// <summary><c>shifter restore -f FILE</c>: writes a backup. Where something was decided already it asks, and says beforehand what would change.</summary>
internal static class RestoreCommand
{
    public static Command Create(Shell shell)
    {
        var file = Arguments.RequiredFile("The backup; - is the standard input");
        var dryRun = Arguments.DryRun("Say what it would write; write nothing");
        return new Verb("restore", "Write a backup into an installation. Without --yes only where nobody has decided anything yet; it takes nothing away", "shifter restore -f prod.backup --dry-run", "shifter restore -f prod.backup --context new") { file, dryRun }
            .Does(shell, run => RunAsync(run, run.Get(file)!, run.Get(dryRun)));
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
