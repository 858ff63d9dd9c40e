using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Rollback;

/// <summary>Tells what came of a rollback: sent, recorded, observed, and what is left on the other side.</summary>
internal static class RollbackReport
{
    public static int WriteOne(Invocation run, RollbackResult result)
    {
        if (result.Failure is { } failure) throw failure;
        var answer = result.Reply!.Json;
        run.Data.Write(answer, output =>
        {
            output.WriteLine($"{result.App ?? "all applications"}: {Describe(result)}");
            if (answer.Find("left") is { } left) output.WriteLine($"left:   {Plain.Text(left)}");
        });
        if (result.Reply.IsPending) run.ShowNodes(answer.List("nodes"));
        return result.ExitCode;
    }

    /// <summary>One row for each installation. Any that failed decides the exit code; one that is only not observed yet comes after those.</summary>
    public static int WriteAll(Invocation run, IReadOnlyList<RollbackResult> results)
    {
        var document = new JsonArray([.. results.Select(ToJson)]);
        run.Data.Write(JsonSerializer.SerializeToElement(document, JsonText.Relaxed), _ =>
        {
            var table = new Table("CONTEXT", "RESULT", "DETAIL");
            foreach (var result in results) table.Add(result.Connection.Context ?? result.Connection.Label, Result(result), result.Failure is { } failure ? failure.Message : Describe(result));
            return table;
        }, r => r.Find("context"));
        return results.FirstOrDefault(r => r.ExitCode is not (ExitCode.Done or ExitCode.StillGoing))?.ExitCode ?? results.Max(r => r.ExitCode);
    }

    private static Cell Result(RollbackResult result) => result.ExitCode switch
    {
        ExitCode.Done => "rolled back",
        ExitCode.StillGoing => new Cell("not observed everywhere", Tone.Waits),
        _ => new Cell("failed", Tone.Bad),
    };

    private static string Describe(RollbackResult result)
    {
        var answer = result.Reply!.Json;
        var to = answer.Find("lock", "to") is { } colour ? Shown.Colour(colour) : answer.Find("rollback", "to") is { } all ? Shown.Colour(all) : "the stable colour";
        var seconds = string.Create(CultureInfo.InvariantCulture, $"{result.Took.TotalSeconds:0.0} s");
        if (answer.List("rescue").ToList() is { Count: > 0 } rescue)
        {
            var missed = rescue.Where(n => !n.Is("reached")).Select(n => n.Find("node")).ToList();
            return $"all traffic to {to}; the store is away, so the agents were told directly: {rescue.Count - missed.Count} of {rescue.Count} reached after {seconds}{(missed.Count > 0 ? $"; not reached: {string.Join(", ", missed)}" : "")}";
        }
        return $"all traffic to {to}, locked there; {NodeTable.Summary(answer.List("nodes"))} after {seconds}";
    }

    private static JsonObject ToJson(RollbackResult result) => new()
    {
        ["context"] = result.Connection.Context,
        ["server"] = result.Connection.Server.ToString(),
        ["exitCode"] = result.ExitCode,
        ["answer"] = result.Reply is { } reply ? JsonNode.Parse(reply.Text) : null,
        ["problem"] = result.Failure is { } failure ? JsonNode.Parse(failure.ToJson()) : null,
    };
}
