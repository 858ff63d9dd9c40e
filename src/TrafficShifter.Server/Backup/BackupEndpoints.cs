using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Backups;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Backup;

/// <summary>What a restore did, or would do.</summary>
/// <param name="DryRun">True: nothing was written.</param>
/// <param name="Empty">Nobody had decided anything here before.</param>
/// <param name="At">When the backup was made.</param>
/// <param name="Entries">Keys in the backup.</param>
/// <param name="Created">How many of them were not there.</param>
/// <param name="Changed">How many of them had another value.</param>
/// <param name="Same">How many of them had this value already.</param>
/// <param name="Beside">Keys that the backup does not have, up to 100 of them; they stay.</param>
public sealed record RestoreAnswer(bool DryRun, bool Empty, DateTimeOffset At, int Entries, int Created, int Changed, int Same, IReadOnlyList<string> Beside);

/// <summary>The whole installation as one file, and back.</summary>
internal static partial class BackupEndpoints
{
    private const string ContentType = "application/x-ndjson";
    private const int MaxBytes = 256 * 1024 * 1024;
    private const int MostNamed = 100;

    public static void MapBackup(this IEndpointRouteBuilder api)
    {
        api.MapGet("/backup", SaveAsync).WithName("Backup").Does(Verbs.Backup).WithSummary("Everything that was decided and that happened, one JSON object a line, with a checksum at the end; hashes of tokens are in it, secrets are not")
            .Produces<string>(200, ContentType);
        api.MapPut("/backup", RestoreAsync).WithName("Restore").Does(Verbs.Restore).WithSummary("Write a backup into the store; ?dryRun=true says what that would do, ?overwrite=true is needed where something was decided already")
            .WithMetadata(new RequestSizeLimitAttribute(MaxBytes)).Produces<RestoreAnswer>();
    }

    private static async Task SaveAsync(ITrafficStore store, TimeProvider time, ILoggerFactory logs, HttpContext http)
    {
        var all = await store.ListAsync("", http.RequestAborted);
        http.Response.ContentType = ContentType;
        http.Response.Headers.CacheControl = "no-store";
        foreach (var line in BackupFile.Write(all, time.GetUtcNow())) await http.Response.WriteAsync(line + "\n", http.RequestAborted);
        var by = http.User.Identity?.Name ?? "unknown";
        var logger = logs.CreateLogger(typeof(BackupEndpoints));
        LogSaved(logger, by, all.Index);
    }

    private static async Task<Results<JsonHttpResult<RestoreAnswer>, ProblemHttpResult>> RestoreAsync(
        bool? dryRun, bool? overwrite, string? reason, ITrafficStore store, TrafficWriter writer, Requests requests, ILoggerFactory logs, HttpContext http)
    {
        if (requests.FindReasonProblem(reason) is { } reasonProblem) return reasonProblem;
        using var reader = new StreamReader(http.Request.Body, Encoding.UTF8);
        var read = BackupFile.Read(await reader.ReadToEndAsync(http.RequestAborted));
        if (read is not BackupReading.Good backup) return ApiProblem.Impossible("", $"it is not a whole backup: {((BackupReading.Refused)read).Problem}");
        var plan = RestorePlan.Of(backup.Entries, (await store.ListAsync("", http.RequestAborted)).Entries);
        var answer = new RestoreAnswer(dryRun == true, plan.IsEmpty, backup.Header.At, backup.Entries.Count, plan.Created.Count, plan.Changed.Count, plan.Same, [.. plan.Beside.Take(MostNamed)]);
        if (dryRun == true) return TypedResults.Json(answer, DocumentJson.Options);
        if (!plan.IsEmpty && overwrite != true)
            return ApiProblem.Of(409, "not-empty", "There is something already", $"applications or plans are here already: a restore would write {plan.Changed.Count + plan.Created.Count} keys over them. ?overwrite=true does it, ?dryRun=true says what it would do", current: answer);
        foreach (var step in plan.Steps)
        {
            // History that is written again is not told again: only what is followed goes the writer's way.
            if (step.Followed) await writer.CommitAsync(step.Changes, http.RequestAborted);
            else await store.CommitAsync(step.Changes, CancellationToken.None);
        }
        var note = requests.Note(http, reason);
        var sentence = string.Create(CultureInfo.InvariantCulture, $"the backup of {backup.Header.At.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC restored by {note.By}: {plan.Created.Count} keys created, {plan.Changed.Count} changed");
        await writer.CommitAsync(ChangeSet.Empty.With(note.Entry<AppDefinition>(null, "installation.restored", sentence, null, null)), http.RequestAborted);
        LogRestored(logs.CreateLogger(typeof(BackupEndpoints)), note.By, backup.Header.At, plan.Created.Count, plan.Changed.Count);
        return TypedResults.Json(answer, DocumentJson.Options);
    }

    [LoggerMessage(EventId = 450, Level = LogLevel.Information, Message = "{By} made a backup at index {Index}")]
    private static partial void LogSaved(ILogger logger, string by, ulong index);

    [LoggerMessage(EventId = 451, Level = LogLevel.Warning, Message = "{By} restored the backup of {At}: {Created} keys created, {Changed} changed")]
    private static partial void LogRestored(ILogger logger, string by, DateTimeOffset at, int created, int changed);
}
