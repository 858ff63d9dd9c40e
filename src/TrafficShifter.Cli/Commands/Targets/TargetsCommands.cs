using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Targets;

/// <summary><c>shifter targets</c>: users who get a colour whatever the share is.</summary>
internal static class TargetsCommands
{
    public static Command Create(Shell shell) => new Verb("targets", "Show or set the target rules of an application on map routing", "shifter targets get shop", "shifter targets set shop -f rules.yaml") { Get(shell), Set(shell), Clear(shell) };

    private static Verb Get(Shell shell)
    {
        var app = Arguments.App();
        return new Verb("get", "Show an application's target rules", "shifter targets get shop", "shifter targets get shop -o yaml > rules.yaml") { app }.Does(shell, async run =>
        {
            var reply = await run.Api.GetAsync($"apps/{run.Get(app)}/targets", run.Cancelled);
            run.Data.Write(reply.Json, Rules);
            return ExitCode.Done;
        });
    }

    private static Verb Set(Shell shell)
    {
        var (app, file, wait) = (Arguments.App(), Arguments.RequiredFile("All rules, JSON or YAML; what is not in it is taken away; - is the standard input"), Arguments.Wait());
        return new Verb("set", "Replace all target rules of an application", "shifter targets set shop -f rules.yaml", "shifter targets set shop -f rules.yaml --wait 5s --reason \"beta testers\"") { app, file, wait }.Does(shell, run =>
        {
            var rules = InputFile.ReadObject(run, run.Get(file)!);
            if (run.Settings.Reason is { } reason) rules["reason"] = reason;
            return SendAsync(run, HttpMethod.Put, run.Get(app), rules, run.Get(wait));
        });
    }

    private static Verb Clear(Shell shell)
    {
        var (app, wait) = (Arguments.App(), Arguments.Wait());
        return new Verb("clear", "Take all target rules of an application away", "shifter targets clear shop", "shifter targets clear shop --yes --wait 5s") { app, wait }.Does(shell, run =>
        {
            run.Confirm($"All target rules of {run.Get(app)} are taken away: its users follow the share.");
            return SendAsync(run, HttpMethod.Delete, run.Get(app), Arguments.Reason(run), run.Get(wait));
        });
    }

    private static async Task<int> SendAsync(Invocation run, HttpMethod method, string app, JsonObject body, TimeSpan? wait)
    {
        run.SayWhere(app);
        var reply = await run.Api.SendAsync(method, $"apps/{app}/targets".With(Arguments.Query(wait)), ApiClient.Body(body), run.Cancelled, more: wait ?? default);
        run.Data.Write(reply.Json, output => output.WriteLine($"{app}: {reply.Json.Find("users")} users, {reply.Json.Find("optOut")} opted out, {reply.Json.Find("groups")} groups, {reply.Json.Find("networks")} networks; {reply.Json.Find("differences")} rules changed"));
        run.Warn(reply.Json);
        if (!reply.IsPending) return ExitCode.Done;
        run.ShowNodes(reply.Json.List("nodes"));
        return ExitCode.StillGoing;
    }

    private static Table Rules(JsonElement rules)
    {
        var table = new Table("KIND", "WHO", "GETS");
        foreach (var user in rules.List("optOut")) table.Add("opted out", user.ToString(), "stable");
        if (rules.Member("users") is { ValueKind: JsonValueKind.Object } users)
            foreach (var user in users.EnumerateObject()) table.Add("user", user.Name, Shown.Colour(user.Value.ToString()));
        foreach (var group in rules.List("groups")) table.Add(group.Find("by") == "cookie" ? "group by cookie" : "group", group.Find("group"), Shown.Colour(group.Find("to")));
        foreach (var network in rules.List("networks")) table.Add("network", network.Find("network"), Shown.Colour(network.Find("to")));
        return table;
    }
}
