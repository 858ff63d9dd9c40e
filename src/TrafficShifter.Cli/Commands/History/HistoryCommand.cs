using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.History;

/// <summary><c>shifter history</c>: who changed what, why. <c>-o json</c> is JSON lines, so that it can be followed and cut.</summary>
internal static class HistoryCommand
{
    public static Command Create(Shell shell)
    {
        var app = new Option<string?>("--app") { Description = "Of this application", HelpName = "APP" };
        var by = new Option<string?>("--by") { Description = "By this person or program", HelpName = "WHO" };
        var kind = new Option<string?>("--kind") { Description = "Of this kind, like weights.set, or of all that begin so, like rollout", HelpName = "KIND" };
        var since = Times.Option("--since", "Not older than this, like 24h");
        var limit = new Option<int>("--limit") { Description = "At most so many, 1 to 1000", HelpName = "N", DefaultValueFactory = _ => 50 };
        var follow = new Option<bool>("--follow") { Description = "Then show what happens, as it happens" };
        return new Verb("history", "Show who changed what, and why; newest last", "shifter history --app shop", "shifter history --since 24h --by anna -o json", "shifter history --follow") { app, by, kind, since, limit, follow }
            .Does(shell, run => RunAsync(run, new HistoryFilter(run.Get(app), run.Get(by), run.Get(kind), run.Get(since) is { } age ? run.Now - age : null), run.Get(limit), run.Get(follow)));
    }

    private static async Task<int> RunAsync(Invocation run, HistoryFilter filter, int limit, bool follow)
    {
        var reply = await run.Api.GetAsync("history".With([.. filter.Query(limit)]), run.Cancelled);
        var entries = reply.Json.EnumerateArray().Reverse().ToList();
        if (run.Settings.IsForPeople) Describe(entries).Write(run.Terminal.Out, run.Settings.Format == OutputFormat.Wide ? null : run.Terminal.Width, run.Settings.Format == OutputFormat.Wide, run.Settings.Colour);
        else foreach (var entry in entries) Write(run, entry);
        if (!follow) return ExitCode.Done;
        await foreach (var received in new EventStream(run.Api, filter.App, run.Terminal.Time).ReadAsync(run.Cancelled))
        {
            if (received.Kind == "gap") run.Say($"warning: {received.Data.Find("sentence")}");
            else if (filter.Takes(received.Data)) Write(run, received.Data);
        }
        return ExitCode.Done;
    }

    private static void Write(Invocation run, JsonElement entry)
    {
        if (run.Settings.IsForPeople) run.Terminal.Out.WriteLine($"{Shown.Date(entry.Time("at"))}  {entry.Find("by")}  {entry.Find("app") ?? "-"}  {Plain.Text(entry.Find("sentence") ?? "")}");
        else if (run.Settings.Format == OutputFormat.Name) run.Terminal.Out.WriteLine(entry.Find("id"));
        else if (run.Settings.Format == OutputFormat.Yaml) run.Terminal.Out.Write("---\n" + YamlWriter.Write(entry));
        else run.Terminal.Out.WriteLine(entry.GetRawText());
    }

    private static Table Describe(IEnumerable<JsonElement> entries)
    {
        var table = new Table("WHEN", "WHO", new Column("FROM", Wide: true), "APP", new Column("KIND", Wide: true), "WHAT", "WHY");
        foreach (var entry in entries)
            table.Add(Shown.Date(entry.Time("at")), entry.Find("by"), entry.Find("from"), entry.Find("app"), entry.Find("kind"), entry.Find("sentence"), entry.Find("reason"));
        return table;
    }
}

/// <summary>Which entries are wanted; null takes all.</summary>
/// <param name="Kind">A kind, or the beginning of kinds: <c>rollout</c> and <c>rollout.</c> are also <c>rollout.paused</c>.</param>
internal sealed record HistoryFilter(string? App, string? By, string? Kind, DateTimeOffset? Since)
{
    private readonly string? _kind = Kind?.TrimEnd('.');

    /// <summary>What the API is asked for; it filters by the same rules.</summary>
    public IEnumerable<string> Query(int limit)
    {
        yield return string.Create(CultureInfo.InvariantCulture, $"limit={limit}");
        if (App is not null) yield return Arguments.Query("app", App);
        if (By is not null) yield return Arguments.Query("by", By);
        if (_kind is not null) yield return Arguments.Query("kind", _kind);
        if (Since is { } since) yield return Arguments.Query("from", since.ToString("O", CultureInfo.InvariantCulture));
    }

    /// <summary>Of what happens while it is followed.</summary>
    public bool Takes(JsonElement entry) =>
        (App is null || entry.Find("app") == App)
        && (By is null || entry.Find("by") == By || entry.Find("token") == By)
        && (_kind is null || entry.Find("kind") is { } kind && (kind == _kind || kind.StartsWith(_kind + ".", StringComparison.Ordinal)))
        && (Since is null || entry.Time("at") >= Since);
}
