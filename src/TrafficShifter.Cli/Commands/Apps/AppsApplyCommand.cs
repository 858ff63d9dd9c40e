using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Cli.Commands.Apps;

/// <summary><c>shifter apps apply -f FILE</c>: registers an application, or gives it a new definition.</summary>
internal static class AppsApplyCommand
{
    private static readonly string[] OnlyInAnswers = ["can", "blocked"];

    public static Command Create(Shell shell)
    {
        var file = Arguments.RequiredFile("The definition, JSON or YAML, with its name in it; - is the standard input");
        var stable = new Option<string?>("--stable") { Description = "The colour that a new application begins on (default blue)", HelpName = "COLOUR" };
        stable.AcceptOnlyFromAmong("blue", "green");
        var dryRun = Arguments.DryRun("Show the differences; change nothing");
        var force = Arguments.HeldForce();
        return new Verb("apply", "Register an application, or give it a new definition", "shifter apps apply -f shop.yaml --reason \"two more servers\"", "shifter apps apply -f - --dry-run") { file, stable, dryRun, force }
            .Does(shell, run => RunAsync(run, run.Get(file)!, [run.Get(stable) is { } colour ? Arguments.Query("stable", colour) : null, Arguments.ReasonQuery(run), run.Get(force) ? "force=true" : null], run.Get(dryRun)));
    }

    private static async Task<int> RunAsync(Invocation run, string file, string?[] query, bool dryRun)
    {
        var definition = InputFile.ReadObject(run, file);
        if (definition["name"] is not JsonValue value || !value.TryGetValue<string>(out var name)) throw new Failure(ExitCode.No, $"{InputFile.Name(file)}: /name is missing: it says which application this is", "nothing changed");
        if (AppName.FindProblem(name) is { } bad) throw new Failure(ExitCode.No, $"{InputFile.Name(file)}: /name: {bad}", "nothing changed");
        var current = await FindAsync(run, name);
        if (dryRun) return ShowDifferences(run, current, definition, name);
        run.SayWhere(name);
        var reply = await run.Api.SendAsync(HttpMethod.Put, $"apps/{name}".With(query), ApiClient.Body(definition), run.Cancelled, current?.ETag);
        var outcome = current is null ? "registered" : JsonElement.DeepEquals(DefinitionOf(current.Json), DefinitionOf(reply.Json)) ? "unchanged" : "changed";
        run.Data.Write(reply.Json, output => output.WriteLine($"{name} {outcome}"), d => d.Find("name"));
        return ExitCode.Done;
    }

    private static int ShowDifferences(Invocation run, ApiReply? current, JsonObject sent, string name)
    {
        var differences = Differences.Between(current is null ? null : DefinitionOf(current.Json), DefinitionOf(WithDefaults(sent)));
        run.Terminal.Out.WriteLine(current is null ? $"{name} would be registered" : differences.Count == 0 ? $"{name} would not change" : $"{name} would change:");
        foreach (var line in differences) run.Terminal.Out.WriteLine(Plain.Text(line));
        return differences.Count == 0 ? ExitCode.Done : ExitCode.No;
    }

    /// <summary>Without what an answer says of whoever asks.</summary>
    private static JsonElement DefinitionOf(JsonElement shown)
    {
        var definition = JsonNode.Parse(shown.GetRawText())!.AsObject();
        foreach (var name in OnlyInAnswers) definition.Remove(name);
        return JsonSerializer.SerializeToElement(definition, JsonText.Relaxed);
    }

    /// <summary>As the server would store it.</summary>
    private static JsonElement WithDefaults(JsonObject sent)
    {
        try
        {
            var definition = sent.Deserialize<AppDefinition>(DocumentJson.Options)!;
            return JsonSerializer.SerializeToElement(definition with { Routing = definition.Routing.WithDefaults() }, DocumentJson.Options);
        }
        catch (JsonException broken)
        {
            throw new Failure(ExitCode.No, BrokenJson.Describe(broken), "nothing changed");
        }
    }

    private static async Task<ApiReply?> FindAsync(Invocation run, string name)
    {
        try
        {
            return await run.Api.GetAsync($"apps/{name}", run.Cancelled);
        }
        catch (ProblemFailure none) when (none.Type == "not-found")
        {
            return null;
        }
    }
}
