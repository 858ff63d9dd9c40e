using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Colours;

/// <summary><c>shifter evacuate COLOUR</c>: every application's traffic leaves one side.</summary>
internal static class EvacuateCommand
{
    public static Command Create(Shell shell)
    {
        var (colour, dryRun) = (ColoursCommand.Colour(), Arguments.DryRun("Say which applications would leave, and which would not and why; move nothing"));
        var file = Arguments.File("How: waves of applications, pause between them, steps; JSON or YAML, - is the standard input");
        var parallelism = new Option<int?>("--parallelism") { Description = "So many applications leave together, 1 to 1000 (default: all at once)", HelpName = "N" };
        var steps = new Option<string?>("--steps") { Description = "Parts of the traffic that leave one after the other, each with how long the next one waits: 50%:10m,100%", HelpName = "PARTS" };
        var force = new Option<bool>("--force") { Description = "Also applications whose other side has no usable server, and those that run a rollout, which then ends" };
        var sever = new Option<bool>("--sever") { Description = "Also cut the connections that are open on that side, once its traffic has left" };
        var watch = new Option<bool>("--watch") { Description = "Watch it until nobody is left on that side" };
        return new Verb("evacuate", "Take every application's traffic off one side; what each had is remembered, and `shifter restore COLOUR` brings it back",
            "shifter evacuate green --dry-run", "shifter evacuate green --reason \"cluster upgrade\" --watch", "shifter evacuate green --steps 50%:10m,100% --parallelism 20 --yes", "shifter evacuate green -f waves.yaml --dry-run") { colour, file, dryRun, parallelism, steps, force, sever, watch }
            .Does(shell, run =>
        {
            var body = run.Get(file) is { } path ? InputFile.ReadObject(run, path) : [];
            if (run.Settings.Reason is { } reason) body["reason"] = reason;
            if (run.Get(parallelism) is { } together) body["parallelism"] = together;
            if (run.Get(steps) is { } parts) body["steps"] = Steps(parts);
            if (run.Get(force)) body["force"] = true;
            if (run.Get(sever)) body["sever"] = true;
            return run.Get(dryRun) ? TryAsync(run, run.Get(colour), body) : RunAsync(run, run.Get(colour), body, run.Get(watch));
        });
    }

    private static async Task<int> TryAsync(Invocation run, string colour, JsonObject body)
    {
        var reply = await run.Api.PostAsync($"colours/{colour}/evacuate?dryRun=true", body, run.Cancelled);
        run.Data.Write(reply.Json, output =>
        {
            output.WriteLine($"{reply.Json.List("moves").Count()} applications would leave {Shown.Colour(colour)}, {reply.Json.List("done").Count()} have left already");
            foreach (var (wave, apps) in reply.Json.List("waves").Index()) output.WriteLine(Plain.Text($"wave {wave + 1}: {string.Join(", ", apps.EnumerateArray())}"));
            foreach (var app in reply.Json.List("waiting")) output.WriteLine(Plain.Text($"waits: {app.Find("app")}: {app.Find("why")}"));
            foreach (var app in reply.Json.List("left")) output.WriteLine(Plain.Text($"left: {app.Find("app")}: {app.Find("why")}"));
        });
        run.Warn(reply.Json);
        return ExitCode.Done;
    }

    private static async Task<int> RunAsync(Invocation run, string colour, JsonObject body, bool watch)
    {
        run.SayWhere($"evacuate {colour}");
        run.ConfirmByTyping($"All traffic of all applications leaves {colour}.", colour);
        var reply = await run.Api.PostAsync($"colours/{colour}/evacuate", body, run.Cancelled);
        if (watch) return await ColoursCommand.WatchAsync(run, colour, "evacuation", $"shifter evacuate {colour} --watch", FindExit);
        run.Data.Write(reply.Json, output => output.WriteLine(Plain.Text(reply.Json.Find("sentence") ?? "")), c => c.Find("colour"));
        return ExitCode.Done;
    }

    private static int? FindExit(JsonElement colour) => colour.Find("phase") switch
    {
        "evacuated" when colour.Find("quietSince") is not null => colour.List("left").Any() ? ExitCode.No : ExitCode.Done,
        // Somebody who keeps traffic there keeps it from ever becoming empty.
        "evacuated" when colour.List("left").Any() => ExitCode.No,
        "evacuating" or "evacuated" => null,
        _ => ExitCode.No,
    };

    private static JsonArray Steps(string parts)
    {
        var steps = new JsonArray();
        foreach (var part in parts.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var (share, hold) = part.Split(':', 2) is [var first, var second] ? (first, second) : (part, null);
            var step = new JsonObject { ["share"] = share };
            if (hold is not null) step["hold"] = hold;
            steps.Add(step);
        }
        return steps;
    }
}
