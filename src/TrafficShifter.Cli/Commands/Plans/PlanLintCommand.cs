using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Cli.Commands.Plans;

/// <summary><c>shifter plan lint FILE…</c>: the server's own reader of plans, without a server.</summary>
internal static class PlanLintCommand
{
    public static Command Create(Shell shell)
    {
        var files = new Argument<string[]>("file") { HelpName = "FILE", Description = "Plans, JSON or YAML; - is the standard input", Arity = ArgumentArity.OneOrMore };
        return new Verb("lint", "Check plan files without a server; exit code 1 when one has errors", "shifter plan lint plan.yaml", "shifter plan lint plans/a.yaml plans/b.json -o json") { files }.Does(shell, run => Run(run, run.Get(files)));
    }

    private static int Run(Invocation run, string[] files)
    {
        var findings = files.SelectMany(file => Find(run, file).Select(p => (File: file, Problem: p))).ToList();
        var document = new JsonArray([.. findings.Select(f => new JsonObject { ["file"] = f.File, ["pointer"] = f.Problem.Pointer, ["detail"] = f.Problem.Detail })]);
        run.Data.Write(JsonSerializer.SerializeToElement(document, JsonText.Relaxed), output =>
        {
            foreach (var (file, problem) in findings) output.WriteLine($"{file}: {Plain.Text(problem.Pointer.Length > 0 ? $"{problem.Pointer}: {problem.Detail}" : problem.Detail)}");
            foreach (var file in files.Except(findings.Select(f => f.File))) output.WriteLine($"{file}: good");
        }, f => Api.Json.Find(f, "file"));
        return findings.Count == 0 ? ExitCode.Done : ExitCode.No;
    }

    private static IReadOnlyList<PlanProblem> Find(Invocation run, string file)
    {
        string json;
        try
        {
            json = InputFile.ReadJson(run, file);
        }
        catch (Failure broken) when (broken.ExitCode == ExitCode.No)
        {
            return [new PlanProblem("", broken.Message)];
        }
        return PlanParser.Parse(json) is PlanParsing.Refused refused ? refused.Problems : [];
    }
}
