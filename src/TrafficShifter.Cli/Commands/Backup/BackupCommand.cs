using System.CommandLine;
using System.Globalization;
using TrafficShifter.Cli.Contexts;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Core.Backups;

namespace TrafficShifter.Cli.Commands.Backup;

/// <summary><c>shifter backup -f FILE</c>: the whole installation, with a checksum. Nothing but the API is needed.</summary>
internal static class BackupCommand
{
    public static Command Create(Shell shell)
    {
        var file = new Option<string?>("--file", "-f") { Description = "Where to write it, mode 0600 (default: the standard output)", HelpName = "FILE" };
        return new Verb("backup", "Save the whole installation: applications, weights, locks, plans, rollouts, history, hashes of tokens", "shifter backup -f prod.backup", "shifter backup --context prod | gzip > prod.backup.gz") { file }
            .Does(shell, run => RunAsync(run, run.Get(file)));
    }

    private static async Task<int> RunAsync(Invocation run, string? file)
    {
        var reply = await run.Api.GetAsync("backup", run.Cancelled);
        if (BackupFile.Read(reply.Text) is not BackupReading.Good good) throw new Failure(ExitCode.Away, $"the backup did not come whole: {((BackupReading.Refused)BackupFile.Read(reply.Text)).Problem}", "nothing was written", "repeat it; --timeout gives it longer");
        if (file is null) run.Terminal.Out.Write(reply.Text);
        else ConfigFile.WriteSecret(file, reply.Text);
        run.Say(string.Create(CultureInfo.InvariantCulture, $"{good.Entries.Count} keys of {run.Connection.Label} as of index {good.Header.Index}{(file is null ? "" : $" are in {file}")}"));
        return ExitCode.Done;
    }
}
