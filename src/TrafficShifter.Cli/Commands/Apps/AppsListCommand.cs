using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Apps;

/// <summary><c>shifter apps [list]</c>: where each application's traffic is, and which one needs a person.</summary>
internal static class AppsListCommand
{
    private static readonly string[] Standings = ["waiting", "rolledBack", "drift", "held", "locked", "moving", "quiet"];

    /// <param name="path">Below `shifter`: the noun alone lists as well.</param>
    public static Verb Create(Shell shell, string path)
    {
        var owner = new Option<string?>("--owner") { Description = "Only those of this owner", HelpName = "OWNER" };
        var state = new Option<string?>("--state") { Description = $"attention (all that a person should look at), or one of {string.Join(", ", Standings)}", HelpName = "STATE" };
        state.AcceptOnlyFromAmong(["attention", .. Standings]);
        return new Verb(path.Split(' ')[^1], "List the applications: where their traffic is, and which need a person", $"shifter {path}", $"shifter {path} --state attention --owner payments", $"shifter {path} -o json") { owner, state }
            .Does(shell, run => RunAsync(run, run.Get(owner), run.Get(state)));
    }

    private static async Task<int> RunAsync(Invocation run, string? owner, string? state)
    {
        var (rows, isFleet) = await ReadAsync(run);
        if (!isFleet && state is not null) throw new Failure(ExitCode.Refused, "this server does not say how applications stand: it is too old for --state", null, "shifter status APP");
        var chosen = new JsonArray([.. rows.Where(r => IsOf(r, owner) && IsIn(r, state)).OrderBy(Urgency).Select(r => JsonNode.Parse(r.GetRawText()))]);
        run.Data.Write(JsonSerializer.SerializeToElement(chosen, JsonText.Relaxed), list => isFleet ? Standing(run, list) : Definitions(list), app => app.Find("app") ?? app.Find("name"));
        return ExitCode.Done;
    }

    /// <summary>One row for each application; their definitions from a server that has no such rows yet.</summary>
    private static async Task<(IReadOnlyList<JsonElement> Rows, bool IsFleet)> ReadAsync(Invocation run)
    {
        try
        {
            var reply = await run.Api.GetAsync("fleet", run.Cancelled);
            run.NoteAge(reply);
            return ([.. reply.Json.List("rows")], true);
        }
        catch (ProblemFailure unknown) when (unknown.ExitCode == ExitCode.NotFound)
        {
            var reply = await run.Api.GetAsync("apps", run.Cancelled);
            run.NoteAge(reply);
            return ([.. reply.Json.EnumerateArray()], false);
        }
    }

    private static bool IsOf(JsonElement row, string? owner) => owner is null || row.List("owners").Any(o => o.ToString() == owner);

    private static bool IsIn(JsonElement row, string? state) => state is null || row.Find("standing") is { } standing && (state == "attention" ? standing is not ("moving" or "quiet") : standing == state);

    private static int Urgency(JsonElement row) => row.Find("standing") is { } standing && Array.IndexOf(Standings, standing) is >= 0 and var urgency ? urgency : Standings.Length;

    private static Table Standing(Invocation run, JsonElement rows)
    {
        var table = new Table("APP", "STABLE", "TRAFFIC", "STATE", "SINCE", new Column("OWNERS", Wide: true), new Column("OBSERVED", Wide: true), "WHY");
        foreach (var row in rows.EnumerateArray())
            table.Add(row.Find("app"), Shown.Colour(row.Find("stable")).Replace(" ", "", StringComparison.Ordinal), $"{Shown.Traffic(row.Find("green"))}{(row.Find("lock") is null ? "" : " lock")}", StateOf(row), Shown.Age(row.Time("since"), run.Now),
                Shown.List(row.List("owners")), row.Find("observed"), row.Find("sentence"));
        return table;
    }

    private static Cell StateOf(JsonElement row) => row.Find("standing") switch
    {
        "waiting" => new Cell("✋ waiting", Tone.Waits),
        "rolledBack" => new Cell("↩ back", Tone.Bad),
        "held" => new Cell("⧗ held", Tone.Waits),
        "drift" => new Cell("≠ drift", Tone.Bad),
        "locked" => new Cell("locked", Tone.Waits),
        "moving" => "» moving",
        "quiet" => new Cell("quiet", Tone.Muted),
        var other => other,
    };

    private static Table Definitions(JsonElement apps)
    {
        var table = new Table("APP", "ROUTING", "BACKEND", "OWNERS");
        foreach (var app in apps.EnumerateArray()) table.Add(app.Find("name"), app.Find("routing", "kind"), app.Find("routing", "backend") ?? app.Find("routing", "pool"), Shown.List(app.List("owners")));
        return table;
    }
}
