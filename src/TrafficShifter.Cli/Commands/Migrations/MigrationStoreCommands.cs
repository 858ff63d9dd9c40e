using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Cli.Commands.Migrations;

/// <summary><c>shifter migration lint</c> and <c>apply</c>: a file, checked here, and stored. Nothing moves before it is started.</summary>
internal static class MigrationStoreCommands
{
    public static Command Lint(Shell shell)
    {
        var files = new Argument<string[]>("file") { HelpName = "FILE", Description = "Migrations, JSON or YAML; - is the standard input", Arity = ArgumentArity.OneOrMore };
        return new Verb("lint", "Check migration files without a server; exit code 1 when one has errors", "shifter migration lint spring.yaml", "shifter migration lint spring.yaml -o json") { files }.Does(shell, run => Lint(run, run.Get(files)));
    }

    public static Command Apply(Shell shell)
    {
        var file = Arguments.RequiredFile("The migration, JSON or YAML; - is the standard input");
        var name = new Option<string?>("--name") { Description = "Its name, where the file has none", HelpName = "NAME" };
        var dryRun = Arguments.DryRun("Print the whole schedule, and what speaks against it; store nothing");
        return new Verb("apply", "Store a migration; nothing moves before it is started", "shifter migration apply -f spring.yaml --dry-run", "shifter migration apply -f spring.yaml --name spring") { file, name, dryRun }
            .Does(shell, run => ApplyAsync(run, run.Get(file)!, run.Get(name), run.Get(dryRun)));
    }

    private static int Lint(Invocation run, string[] files)
    {
        var findings = files.SelectMany(file => Check(InputFile.ReadObject(run, file), out _, out _).Select(p => (File: file, Problem: p))).ToList();
        var document = new JsonArray([.. findings.Select(f => new JsonObject { ["file"] = f.File, ["pointer"] = f.Problem.Pointer, ["detail"] = f.Problem.Detail })]);
        run.Data.Write(JsonSerializer.SerializeToElement(document, JsonText.Relaxed), output =>
        {
            foreach (var (file, problem) in findings) output.WriteLine($"{file}: {Plain.Text(problem.Pointer.Length > 0 ? $"{problem.Pointer}: {problem.Detail}" : problem.Detail)}");
            foreach (var file in files.Except(findings.Select(f => f.File))) output.WriteLine($"{file}: good");
        }, f => f.Find("file"));
        return findings.Count == 0 ? ExitCode.Done : ExitCode.No;
    }

    private static async Task<int> ApplyAsync(Invocation run, string file, string? given, bool dryRun)
    {
        var problems = Check(InputFile.ReadObject(run, file), out var body, out var named);
        if (problems.Count > 0) throw new Failure(ExitCode.No, $"{InputFile.Name(file)}: {string.Join("; ", problems.Select(p => $"{p.Pointer}: {p.Detail}"))}", "nothing changed");
        var name = given ?? named ?? throw Failure.Usage($"{InputFile.Name(file)} has no name", "--name NAME");
        if (run.Settings.Reason is { } reason) body["reason"] = reason;
        run.SayWhere($"migration {name}");
        var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        var reply = await run.Api.SendAsync(HttpMethod.Put, MigrationCommands.Path(name).With(dryRun ? "dryRun=true" : null), content, run.Cancelled);
        if (dryRun) return MigrationSchedulePrinter.Write(run, reply.Json, reply.Json.Member("schedule") ?? reply.Json);
        run.Data.Write(reply.Json, output => output.WriteLine($"migration {name} is stored, {reply.Json.List("waves").Count()} waves; nothing moves before: shifter migration start {name}"), _ => name);
        return ExitCode.Done;
    }

    /// <summary>What is wrong with a file whatever applications there are, as the server finds it.</summary>
    /// <param name="body">The definition alone: a file's name is its address.</param>
    private static IReadOnlyList<PlanProblem> Check(JsonObject file, out JsonObject body, out string? name)
    {
        (body, name) = (file, (file["name"] as JsonValue)?.TryGetValue<string>(out var text) == true ? text : null);
        body.Remove("name");
        try
        {
            var definition = body.Deserialize<MigrationDefinition>(DocumentJson.Options)!;
            return definition.FindUnknownField() is { } unknown ? [new PlanProblem(unknown, "not a field of a migration")] : definition.FindProblems();
        }
        catch (JsonException broken)
        {
            var (at, sentence) = BrokenJson.Explain(broken);
            return [new PlanProblem(at, sentence)];
        }
    }
}
