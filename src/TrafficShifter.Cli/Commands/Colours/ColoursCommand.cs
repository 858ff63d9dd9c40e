using System.CommandLine;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Commands.Campaigns;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Colours;

/// <summary><c>shifter colours</c>: how each side stands.</summary>
internal static class ColoursCommand
{
    public static Command Create(Shell shell)
    {
        var colours = List(shell, "colours");
        colours.Add(List(shell, "colours list"));
        colours.Add(Get(shell));
        colours.Add(Approve(shell));
        return colours;
    }

    public static Argument<string> Colour(bool optional = false)
    {
        var colour = new Argument<string>("colour") { HelpName = "COLOUR", Description = "blue or green", Arity = optional ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne };
        colour.AcceptOnlyFromAmong("blue", "green");
        return colour;
    }

    /// <summary>How a colour stands, in a few lines.</summary>
    public static IEnumerable<string> Draw(JsonElement colour)
    {
        yield return colour.Find("sentence") ?? "-";
        foreach (var node in colour.List("nodes")) yield return $"  {node.Find("node")}: {node.Find("sentence")}";
        foreach (var app in colour.List("waiting")) yield return $"  waits: {app.Find("app")}: {app.Find("why")}";
        foreach (var app in colour.List("left")) yield return $"  left: {app.Find("app")}: {app.Find("why")}";
        foreach (var app in colour.List("notRestored")) yield return $"  not brought back: {app.Find("app")}: {app.Find("why")}";
    }

    /// <summary>Watches a colour until what was asked of it is done.</summary>
    public static Task<int> WatchAsync(Invocation run, string colour, string what, string again, Func<JsonElement, int?> findExit) => new CampaignWatch(run, new CampaignShown(
        $"the {what} of {colour}", $"colours/{colour}", again, c => c.Find("sentence") ?? "-", Draw, findExit)).RunAsync();

    private static Verb List(Shell shell, string path) => new Verb(path.Split(' ')[^1], "How both sides stand: who serves, who is evacuated", $"shifter {path}", $"shifter {path} -o json").Does(shell, async run =>
    {
        var reply = await run.Api.GetAsync("colours", run.Cancelled);
        run.Data.Write(reply.Json, colours =>
        {
            var table = new Table("COLOUR", "STATE", "APPS", "SERVES", "EVACUATED", "HOW IT STANDS");
            foreach (var c in colours.EnumerateArray())
                table.Add(Shown.Colour(c.Find("colour")), c.Find("phase"), c.Find("counts", "apps"), c.Find("counts", "serving"), c.Find("counts", "evacuated"), c.Find("sentence"));
            return table;
        }, c => c.Find("colour"));
        return ExitCode.Done;
    });

    private static Verb Get(Shell shell)
    {
        var colour = Colour();
        return new Verb("get", "Show how a side stands: what is evacuated, which applications are left there and why, who is still there", "shifter colours get green", "shifter colours get blue -o json") { colour }.Does(shell, async run =>
        {
            var reply = await run.Api.GetAsync($"colours/{run.Get(colour)}", run.Cancelled);
            run.Data.Write(reply.Json, output =>
            {
                foreach (var line in Draw(reply.Json)) output.WriteLine(Plain.Text(line));
            }, c => c.Find("colour"));
            return ExitCode.Done;
        });
    }

    private static Verb Approve(Shell shell)
    {
        var (colour, app) = (Colour(), Arguments.App());
        return new Verb("approve", "Let an application's traffic leave that waits for its hook, or for a person's word", "shifter colours approve green shop", "shifter colours approve green shop --reason \"replica promoted\"") { colour, app }.Does(shell, async run =>
        {
            run.SayWhere($"{run.Get(app)} leaves {run.Get(colour)}");
            var reply = await run.Api.PostAsync($"colours/{run.Get(colour)}/apps/{ApiClient.Part(run.Get(app))}/approve", Arguments.Reason(run), run.Cancelled);
            run.Data.Write(reply.Json, output => output.WriteLine($"{run.Get(app)} may leave {run.Get(colour)}"), a => a.Find("app"));
            return ExitCode.Done;
        });
    }
}
