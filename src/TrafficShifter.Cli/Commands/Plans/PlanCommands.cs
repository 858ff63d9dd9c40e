using System.CommandLine;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Plans;

/// <summary><c>shifter plan</c>: how rollouts go.</summary>
internal static class PlanCommands
{
    public static Command Create(Shell shell)
    {
        var plan = List(shell, "plan");
        plan.Add(List(shell, "plan list"));
        plan.Add(Get(shell));
        plan.Add(PlanLintCommand.Create(shell));
        plan.Add(PlanStoreCommands.Diff(shell));
        plan.Add(PlanStoreCommands.Apply(shell));
        plan.Add(PlanBacktestCommand.Create(shell));
        plan.Add(Delete(shell));
        return plan;
    }

    private static Verb List(Shell shell, string path) => new Verb(path.Split(' ')[^1], "List the plans, those built in first", $"shifter {path}", $"shifter {path} -o name").Does(shell, async run =>
    {
        var reply = await run.Api.GetAsync("plans", run.Cancelled);
        run.Data.Write(reply.Json, plans =>
        {
            var table = new Table("PLAN", "STEPS", "SHARES", "CHECKS", "DEADLINE");
            foreach (var p in plans.EnumerateArray())
                table.Add(p.Find("name"), p.List("steps").Count(), string.Join(" ", p.List("steps").Select(s => s.Find("share"))), Shown.List(p.List("checks").Select(c => c.Member("name")).OfType<System.Text.Json.JsonElement>()), p.Find("deadline"));
            return table;
        }, p => p.Find("name"));
        return ExitCode.Done;
    });

    private static Verb Get(Shell shell)
    {
        var name = Arguments.Named("NAME", "Name of the plan");
        return new Verb("get", "Show a plan, every default written out", "shifter plan get standard", "shifter plan get standard -o json > mine.json") { name }.Does(shell, async run =>
        {
            var reply = await run.Api.GetAsync($"plans/{ApiClient.Part(run.Get(name))}", run.Cancelled);
            run.Data.Write(reply.Json, output => output.Write(YamlWriter.Write(reply.Json)), p => p.Find("name"));
            return ExitCode.Done;
        });
    }

    private static Verb Delete(Shell shell)
    {
        var name = Arguments.Named("NAME", "Name of the plan");
        return new Verb("delete", "Forget a plan; rollouts that run by it go on", "shifter plan delete mine", "shifter plan delete mine --yes") { name }.Does(shell, async run =>
        {
            run.SayWhere($"plan {run.Get(name)}");
            run.Confirm($"The plan {run.Get(name)} is forgotten.");
            await run.Api.DeleteAsync($"plans/{ApiClient.Part(run.Get(name))}", new JsonObject(), run.Cancelled);
            run.Say($"plan {run.Get(name)} is forgotten");
            return ExitCode.Done;
        });
    }
}
