using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Rollouts;

/// <summary><c>shifter rollout start APP</c>.</summary>
internal static class RolloutStartCommand
{
    public static Command Create(Shell shell)
    {
        var app = Arguments.App();
        var plan = new Option<string?>("--plan") { Description = "Name of the plan (default: the application's own)", HelpName = "NAME" };
        var file = Arguments.File("The plan itself, JSON or YAML; - is the standard input");
        var set = new Option<string[]>("--set") { Description = "Change a field of the plan for this rollout: --set steps.0.hold=1m", HelpName = "FIELD=VALUE", Arity = ArgumentArity.OneOrMore };
        var dryRun = Arguments.DryRun("Show the steps, what each node can make of them, and what each check says now; start nothing");
        var supersede = new Option<bool>("--supersede") { Description = "End a rollout that is running, and begin this one" };
        var watch = new Option<bool>("--watch", "-w") { Description = "Watch it until its end" };
        return new Verb("start", "Start a rollout", "shifter rollout start shop --plan standard", "shifter rollout start shop -f plan.yaml --set steps.0.share=5% --watch --reason \"release 42\"") { app, plan, file, set, dryRun, supersede, watch }
            .Does(shell, async run =>
            {
                if (run.Get(plan) is not null && run.Get(file) is not null) throw Failure.Usage("--plan or -f, not both");
                var body = Arguments.Reason(run);
                if (await ChooseAsync(run, run.Get(plan), run.Get(file), run.Get(set) ?? [], run.Get(app)) is { } chosen) body["plan"] = chosen;
                if (run.Get(supersede)) body["supersede"] = true;
                return run.Get(dryRun) ? await TryAsync(run, run.Get(app), body) : await StartAsync(run, run.Get(app), body, run.Get(watch));
            });
    }

    /// <summary>What the request says of the plan; null: the application's own.</summary>
    private static async Task<JsonNode?> ChooseAsync(Invocation run, string? name, string? file, string[] set, string app)
    {
        if (set.Length == 0) return file is not null ? InputFile.ReadObject(run, file) : name;
        var own = file is null && name is null ? (await run.Api.GetAsync($"apps/{app}", run.Cancelled)).Json.Find("plan") ?? throw Failure.Usage($"--set changes a plan, and {app} has none of its own", "name one with --plan or -f") : name;
        var plan = file is not null ? InputFile.ReadObject(run, file) : JsonNode.Parse((await run.Api.GetAsync($"plans/{ApiClient.Part(own!)}", run.Cancelled)).Text)!.AsObject();
        foreach (var change in set) PlanField.Set(plan, change);
        return plan;
    }

    private static async Task<int> StartAsync(Invocation run, string app, JsonObject body, bool watch)
    {
        run.SayWhere(app);
        var reply = await run.Api.PostAsync($"apps/{app}/rollouts", body, run.Cancelled);
        var id = reply.Json.Find("id")!;
        if (watch)
        {
            using var watching = new RolloutWatch(run, id, new WatchUntil.End(), failOnGate: false);
            return await watching.RunAsync();
        }
        run.Data.Write(reply.Json, output => output.WriteLine($"{id}  started: {Shown.Colour(reply.Json.Find("from"))} → {Shown.Colour(reply.Json.Find("to"))}, {reply.Json.Find("steps")} steps   shifter rollout watch {app}"), r => r.Find("id"));
        return ExitCode.Done;
    }

    private static async Task<int> TryAsync(Invocation run, string app, JsonObject body)
    {
        var reply = await run.Api.SendAsync(HttpMethod.Post, $"apps/{app}/rollouts?dryRun=true", ApiClient.Body(body), run.Cancelled);
        run.Data.Write(reply.Json, output => DescribeTrial(output, run, app, reply.Json));
        run.Warn(reply.Json);
        return ExitCode.Done;
    }

    private static void DescribeTrial(TextWriter output, Invocation run, string app, JsonElement trial)
    {
        output.WriteLine($"{app}  {Shown.Colour(trial.Find("from"))} → {Shown.Colour(trial.Find("to"))}  by {Plain.Text(trial.Find("plan") ?? "the plan sent")}, at least {trial.Find("duration")} (dry run: nothing started)");
        var steps = new Table("STEP", "SHARE", "HOLD", "GATE", "CHECKS");
        foreach (var (step, number) in trial.List("steps").Select((s, i) => (s, i + 1)))
            steps.Add(number, step.Find("share"), step.Find("hold"), step.Member("gate") is null ? "-" : "waits for a person", Shown.List(step.List("checks")));
        steps.Write(output, run.Terminal.Width, wide: false, run.Settings.Colour);
        foreach (var check in trial.List("checks")) output.WriteLine($"{Checks.Glyph(check.Find("outcome"))} {Plain.Text(check.Find("sentence") ?? "")}");
    }
}
