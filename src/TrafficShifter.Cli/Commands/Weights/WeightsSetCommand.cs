using System.CommandLine;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Weights;

/// <summary><c>shifter weights set APP green=10%</c>.</summary>
internal static class WeightsSetCommand
{
    public static Verb Create(Shell shell)
    {
        var app = Arguments.App();
        var wanted = new Argument<string[]>("weight") { HelpName = "COLOUR=WEIGHT", Description = "green=10% (the other colour gets the rest), or blue=90 green=10", Arity = ArgumentArity.OneOrMore };
        var wait = Arguments.Wait();
        var dryRun = Arguments.DryRun("Say what each node would make of it; change nothing");
        var ifMatch = new Option<string?>("--if-match") { Description = "Only if the weights still have this version, as `weights get -o wide` shows it", HelpName = "VERSION" };
        var force = new Option<bool>("--force") { Description = "Also where a colour that is to get traffic has no usable server" };
        return new Verb("set", "Set an application's weights", "shifter weights set shop green=10%", "shifter weights set shop blue=90 green=10 --wait 5s --reason \"first canary\"") { app, wanted, wait, dryRun, ifMatch, force }
            .Does(shell, run => RunAsync(run, run.Get(app), WantedWeights.Parse(run.Get(wanted)), run.Get(wait), run.Get(dryRun), run.Get(ifMatch), run.Get(force)));
    }

    private static async Task<int> RunAsync(Invocation run, string app, Core.Traffic.Weights weights, TimeSpan? wait, bool dryRun, string? ifMatch, bool force)
    {
        run.SayWhere(app);
        var body = Arguments.Reason(run);
        (body["blue"], body["green"]) = (weights.Blue, weights.Green);
        if (force) body["force"] = true;
        var path = $"apps/{app}/weights".With(Arguments.Query(wait), dryRun ? "dryRun=true" : null);
        var reply = await run.Api.SendAsync(HttpMethod.Put, path, ApiClient.Body(body), run.Cancelled, Quoted(ifMatch), wait ?? default);
        run.Data.Write(reply.Json, output => Describe(output, app, reply.Json, dryRun));
        run.Warn(reply.Json);
        if (!reply.IsPending) return ExitCode.Done;
        run.ShowNodes(reply.Json.List("nodes"));
        return ExitCode.StillGoing;
    }

    private static void Describe(TextWriter output, string app, JsonElement answer, bool dryRun)
    {
        var nodes = answer.List("nodes").ToList();
        output.WriteLine($"{app}  {Shown.Traffic(answer.Find("share", "green"))}{(dryRun ? "  (dry run: nothing changed)" : nodes.Count > 0 ? $"  {NodeTable.Summary(nodes)}" : "")}");
        if (!dryRun) return;
        foreach (var node in answer.List("achievable"))
            output.WriteLine($"  {Plain.Text(node.Find("node") ?? "-")}  {Shown.Traffic(node.Find("green"))}{(node.Find("problem") is { } problem ? $"  {Plain.Text(problem)}" : "")}");
    }

    private static string? Quoted(string? version) => version is null or "*" || version.StartsWith('"') ? version : $"\"{version}\"";
}
