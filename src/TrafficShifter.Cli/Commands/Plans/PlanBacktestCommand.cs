using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Plans;

/// <summary><c>shifter plan backtest FILE --app APP --from T --to T</c>.</summary>
internal static class PlanBacktestCommand
{
    public static Command Create(Shell shell)
    {
        var plan = Arguments.Named("PLAN", "A plan's file, or the name of a stored one");
        var app = new Option<string>("--app") { Description = "The application whose past is asked", HelpName = "APP", Required = true };
        var from = Moment("--from", "The first moment");
        var to = Moment("--to", "The last moment, up to 31 days later");
        var colour = new Option<string?>("--colour") { Description = "The colour whose past is asked (default: the one that is not stable)", HelpName = "COLOUR" };
        colour.AcceptOnlyFromAmong("blue", "green");
        return new Verb("backtest", "Ask what a plan's checks would have said over past data; exit code 1 when they would have stopped it",
            "shifter plan backtest plan.yaml --app shop --from 2026-11-21T08:00:00Z --to 2026-11-21T09:00:00Z", "shifter plan backtest standard --app shop --from 2026-11-20 --to 2026-11-21 -o json") { plan, app, from, to, colour }
            .Does(shell, async run =>
        {
            var body = new JsonObject { ["plan"] = File.Exists(run.Get(plan)) ? InputFile.ReadObject(run, run.Get(plan)) : run.Get(plan), ["from"] = Text(run.Get(from)), ["to"] = Text(run.Get(to)) };
            if (run.Get(colour) is { } side) body["colour"] = side;
            var reply = await run.Api.PostAsync($"apps/{ApiClient.Part(run.Get(app)!)}/backtest", body, run.Cancelled);
            run.Data.Write(reply.Json, output => Describe(output, run, reply.Json));
            run.Warn(reply.Json);
            return reply.Json.Is("wouldHaveStopped") ? ExitCode.No : ExitCode.Done;
        });
    }

    private static Option<DateTimeOffset> Moment(string name, string description) => new(name)
    {
        Description = description, HelpName = "TIME", Required = true, CustomParser = result =>
        {
            if (DateTimeOffset.TryParse(result.Tokens[0].Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)) return time;
            result.AddError($"\"{result.Tokens[0].Value}\" is not a time like 2026-11-21T08:00:00Z");
            return default;
        },
    };

    private static string Text(DateTimeOffset time) => time.ToString("O", CultureInfo.InvariantCulture);

    private static void Describe(TextWriter output, Invocation run, JsonElement answer)
    {
        output.WriteLine(Plain.Text(answer.Find("sentence") ?? ""));
        var table = new Table("CHECK", "MODE", "EVERY", "PASSED", "FAILED", "TOO LITTLE DATA", "COULD NOT ASK", "STOPS");
        foreach (var check in answer.List("checks"))
            table.Add(check.Find("check"), check.Find("mode"), check.Find("every"), check.Find("passed"), check.Find("failed"), check.Find("insufficient"), check.Find("errors"), check.Find("stops"));
        table.Write(output, run.Terminal.Width, wide: false, run.Settings.Colour);
    }
}
