using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Control;

/// <summary><c>shifter freeze</c>: when no rollout goes forward. A rollback always goes.</summary>
internal static class FreezeCommands
{
    public static Command Create(Shell shell)
    {
        var freeze = List(shell, "freeze");
        freeze.Add(List(shell, "freeze list"));
        freeze.Add(Add(shell));
        freeze.Add(Remove(shell));
        return freeze;
    }

    private static Verb List(Shell shell, string path) => new Verb(path.Split(' ')[^1], "List the windows in which no rollout goes forward", $"shifter {path}", $"shifter {path} -o json").Does(shell, async run =>
    {
        var reply = await run.Api.GetAsync("control/freeze", run.Cancelled);
        run.Data.Write(reply.Json, calendar =>
        {
            var table = new Table("NAME", "APPS", "FROM", "TO", "DAYS", "ZONE");
            foreach (var w in calendar.List("windows"))
                table.Add(w.Find("name"), w.Member("apps") is null ? "all" : Shown.List(w.List("apps")), w.Find("weekly", "from") ?? Shown.Date(w.Time("from")), w.Find("weekly", "to") ?? Shown.Date(w.Time("to")), Shown.List(w.List("weekly", "days")), w.Find("weekly", "zone") ?? "UTC");
            return table;
        });
        return ExitCode.Done;
    });

    private static Verb Add(Shell shell)
    {
        var name = Arguments.Named("NAME", "What people know it by");
        var from = Text("--from", "The first moment: 2026-12-24T12:00:00Z, or with --days a time of the day: 16:00");
        var to = Text("--to", "The first moment after it; --to alone begins now");
        var days = new Option<string[]>("--days") { Description = "Every week on these days: friday,saturday", HelpName = "DAY", Arity = ArgumentArity.OneOrMore };
        var zone = new Option<string?>("--zone") { Description = "With --days: whose clock, like Europe/Berlin (default: UTC)", HelpName = "ZONE" };
        var apps = new Option<string[]>("--app") { Description = "Only for these applications", HelpName = "APP", Arity = ArgumentArity.OneOrMore };
        return new Verb("add", "Add a window in which no rollout goes forward", "shifter freeze add \"new year\" --from 2026-12-24T12:00:00Z --to 2027-01-02T06:00:00Z", "shifter freeze add weekend --days friday --from 16:00 --app shop") { name, from, to, days, zone, apps }.Does(shell, run =>
        {
            var window = new JsonObject { ["name"] = run.Get(name) };
            if (Words(run.Get(apps)) is { Count: > 0 } only) window["apps"] = only;
            if (Words(run.Get(days)) is { Count: > 0 } weekly)
            {
                window["weekly"] = new JsonObject { ["days"] = weekly, ["from"] = run.Get(from) ?? "00:00", ["to"] = run.Get(to) ?? "24:00" };
                if (run.Get(zone) is { } clock) window["weekly"]!["zone"] = clock;
            }
            else
            {
                window["from"] = run.Get(from) ?? run.Now.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
                window["to"] = run.Get(to) ?? throw Failure.Usage("a freeze needs --to, or --days", "shifter freeze add --help");
            }
            return ChangeAsync(run, run.Get(name), windows =>
            {
                if (IndexOf(windows, run.Get(name)) >= 0) throw new Failure(ExitCode.Conflict, $"there is a freeze \"{run.Get(name)}\" already", "nothing changed", $"shifter freeze remove \"{run.Get(name)}\"");
                windows.Add((JsonNode)window);
            }, "added");
        });
    }

    private static Verb Remove(Shell shell)
    {
        var name = Arguments.Named("NAME", "Name of the window");
        return new Verb("remove", "Take a window away", "shifter freeze remove weekend", "shifter freeze remove \"new year\" --yes") { name }.Does(shell, run =>
        {
            run.Confirm($"The freeze \"{run.Get(name)}\" holds no more: rollouts that waited for its end go on.");
            return ChangeAsync(run, run.Get(name), windows =>
            {
                var index = IndexOf(windows, run.Get(name));
                if (index < 0) throw new Failure(ExitCode.NotFound, $"there is no freeze \"{run.Get(name)}\"", "nothing changed", "shifter freeze list");
                windows.RemoveAt(index);
            }, "removed");
        });
    }

    private static async Task<int> ChangeAsync(Invocation run, string name, Action<JsonArray> change, string done)
    {
        run.SayWhere($"freeze {name}");
        var current = await run.Api.GetAsync("control/freeze", run.Cancelled);
        var windows = JsonNode.Parse(current.Json.Member("windows")?.GetRawText() ?? "[]")!.AsArray();
        change(windows);
        var body = Arguments.Reason(run);
        body["windows"] = windows;
        var reply = await run.Api.SendAsync(HttpMethod.Put, "control/freeze", ApiClient.Body(body), run.Cancelled, current.ETag ?? "\"0\"");
        run.Data.Write(reply.Json, output => output.WriteLine($"freeze \"{Plain.Text(name)}\" {done}; {windows.Count} in all"));
        return ExitCode.Done;
    }

    private static int IndexOf(JsonArray windows, string name)
    {
        for (var i = 0; i < windows.Count; i++)
            if (windows[i]?["name"]?.GetValue<string>() == name) return i;
        return -1;
    }

    private static Option<string?> Text(string name, string description) => new(name) { Description = description, HelpName = "TIME" };

    private static JsonArray Words(string[]? words) => [.. (words ?? []).SelectMany(w => w.Split(',', StringSplitOptions.RemoveEmptyEntries)).Select(w => (JsonNode?)w)];
}
