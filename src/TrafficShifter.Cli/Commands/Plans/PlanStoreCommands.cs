using System.CommandLine;
using System.Text;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Cli.Commands.Plans;

/// <summary><c>shifter plan diff</c> and <c>apply</c>: a file, compared with what is stored, and stored.</summary>
internal static class PlanStoreCommands
{
    public static Command Diff(Shell shell)
    {
        var (file, name) = (Arguments.RequiredFile("The plan, JSON or YAML; - is the standard input"), Name());
        return new Verb("diff", "Show what storing a plan would change, every default written out; exit code 1 when there are differences", "shifter plan diff -f plan.yaml", "shifter plan diff -f plan.yaml --name careful-shop") { file, name }
            .Does(shell, run => DiffAsync(run, run.Get(file)!, run.Get(name)));
    }

    public static Command Apply(Shell shell)
    {
        var (file, name) = (Arguments.RequiredFile("The plan, JSON or YAML; - is the standard input"), Name());
        var dryRun = Arguments.DryRun("Say whether it would change anything; store nothing");
        return new Verb("apply", "Store a plan under its name", "shifter plan apply -f plan.yaml", "shifter plan apply -f plan.yaml --name careful-shop --dry-run") { file, name, dryRun }
            .Does(shell, run => ApplyAsync(run, run.Get(file)!, run.Get(name), run.Get(dryRun)));
    }

    private static Option<string?> Name() => new("--name") { Description = "Its name, where the file has none", HelpName = "NAME" };

    private static async Task<int> DiffAsync(Invocation run, string file, string? given)
    {
        var (name, plan, _) = Read(run, file, given);
        var stored = await FindAsync(run, name);
        var differences = Differences.Between(stored?.Json, JsonSerializer.SerializeToElement(plan, DocumentJson.Options));
        foreach (var line in differences) run.Terminal.Out.WriteLine(Plain.Text(line));
        if (differences.Count == 0) run.Say($"plan {name} on {run.Connection.Label} is the same");
        return differences.Count == 0 ? ExitCode.Done : ExitCode.No;
    }

    private static async Task<int> ApplyAsync(Invocation run, string file, string? given, bool dryRun)
    {
        var (name, plan, json) = Read(run, file, given);
        run.SayWhere($"plan {name}");
        var stored = await FindAsync(run, name);
        var path = $"plans/{ApiClient.Part(name)}".With(dryRun ? "dryRun=true" : null, Arguments.ReasonQuery(run));
        var reply = await run.Api.SendAsync(HttpMethod.Put, path, new StringContent(json, Encoding.UTF8, "application/json"), run.Cancelled, stored?.ETag);
        var changes = dryRun ? reply.Json.Is("changes") : stored is null || !JsonElement.DeepEquals(stored.Json, reply.Json);
        run.Data.Write(reply.Json, output => output.WriteLine($"plan {name} {(dryRun ? changes ? "would change" : "would not change" : stored is null ? "stored" : changes ? "changed" : "unchanged")}; it takes at least {Duration.Format(plan.LeastTime)}"), _ => name);
        return ExitCode.Done;
    }

    /// <summary>The plan, checked here first: what is wrong with it is told with its place, without a server.</summary>
    private static (string Name, Plan Plan, string Json) Read(Invocation run, string file, string? given)
    {
        var json = InputFile.ReadJson(run, file);
        if (PlanParser.Parse(json) is not PlanParsing.Good { Plan: var plan }) throw new Failure(ExitCode.No, $"{InputFile.Name(file)}: {string.Join("; ", ((PlanParsing.Refused)PlanParser.Parse(json)).Problems.Select(p => $"{p.Pointer}: {p.Detail}"))}", "nothing changed");
        var name = given ?? plan.Name ?? throw Failure.Usage($"{InputFile.Name(file)} has no name", "--name NAME");
        return (name, plan with { Name = name }, json);
    }

    private static async Task<ApiReply?> FindAsync(Invocation run, string name)
    {
        try
        {
            return await run.Api.GetAsync($"plans/{ApiClient.Part(name)}", run.Cancelled);
        }
        catch (ProblemFailure none) when (none.Type == "not-found")
        {
            return null;
        }
    }
}
