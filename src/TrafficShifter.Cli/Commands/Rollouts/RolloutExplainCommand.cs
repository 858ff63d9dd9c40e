using System.CommandLine;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Rollouts;

/// <summary><c>shifter rollout explain APP [N]</c>: why each decision was taken; of one, the measurements that it rests on.</summary>
internal static class RolloutExplainCommand
{
    public static Command Create(Shell shell)
    {
        var target = RolloutTarget.Argument();
        var number = new Argument<int?>("n") { HelpName = "N", Description = "Number of a decision: with the measurements that it rests on", Arity = ArgumentArity.ZeroOrOne };
        return new Verb("explain", "Show a rollout's decisions, and what they rest on", "shifter rollout explain shop", "shifter rollout explain shop 3 -o json") { target, number }
            .Does(shell, run => RunAsync(run, run.Get(target), run.Get(number)));
    }

    private static async Task<int> RunAsync(Invocation run, string target, int? number)
    {
        var rollout = (await RolloutTarget.ReadAsync(run, target)).Json;
        var decisions = rollout.List("decisions").ToList();
        if (number is null)
        {
            run.Data.Write(rollout.Member("decisions")!.Value, _ => List(decisions));
            return ExitCode.Done;
        }
        if (number < 1 || number > decisions.Count) throw new Failure(ExitCode.NotFound, $"there is no decision {number}: the rollout has {decisions.Count}", null, $"shifter rollout explain {target}");
        var decision = decisions[number.Value - 1];
        var next = number < decisions.Count ? decisions[number.Value].Time("at") : null;
        // A hold goes on until the next decision; any other rests on what was measured before it.
        var until = decision.Find("kind") == "hold" ? next : decision.Time("at");
        var measurements = await run.Api.GetAsync($"rollouts/{rollout.Find("id")}/measurements", run.Cancelled);
        var rests = measurements.Json.EnumerateArray().Where(m => until is null || m.Time("at") <= until).GroupBy(m => m.Find("check")).Select(g => g.Last()).ToList();
        var document = JsonSerializer.SerializeToElement(new System.Text.Json.Nodes.JsonObject
        {
            ["decision"] = System.Text.Json.Nodes.JsonNode.Parse(decision.GetRawText()),
            ["measurements"] = new System.Text.Json.Nodes.JsonArray([.. rests.Select(m => System.Text.Json.Nodes.JsonNode.Parse(m.GetRawText()))]),
        }, JsonText.Relaxed);
        run.Data.Write(document, output =>
        {
            output.WriteLine($"{Shown.Date(decision.Time("at"))}  {Decisions.Line(decision)}");
            if (rests.Count > 0) Checks.Table(rests).Write(output, run.Settings.Format == OutputFormat.Wide ? null : run.Terminal.Width, run.Settings.Format == OutputFormat.Wide, run.Settings.Colour);
        });
        return ExitCode.Done;
    }

    private static Table List(List<JsonElement> decisions)
    {
        var table = new Table("N", "TIME", "DECISION", "BY", "WHY");
        foreach (var (decision, number) in decisions.Select((d, i) => (d, i + 1)))
            table.Add(number, Shown.Date(decision.Time("at")), new Cell(Decisions.Word(decision.Find("kind")), Decisions.ToneOf(decision.Find("kind"))), decision.Find("by"), decision.Find("sentence"));
        return table;
    }
}
