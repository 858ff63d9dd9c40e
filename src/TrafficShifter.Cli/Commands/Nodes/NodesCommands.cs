using System.CommandLine;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Hosting;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Nodes;

/// <summary><c>shifter nodes</c>: the HAProxies.</summary>
internal static class NodesCommands
{
    public static Command Create(Shell shell)
    {
        var nodes = List(shell, "nodes");
        nodes.Add(List(shell, "nodes list"));
        nodes.Add(Get(shell));
        nodes.Add(Delete(shell));
        return nodes;
    }

    private static Verb List(Shell shell, string path) => new Verb(path.Split(' ')[^1], "List the HAProxy nodes, and how far each is", $"shifter {path}", $"shifter {path} -o wide").Does(shell, async run =>
    {
        var reply = await run.Api.GetAsync("nodes", run.Cancelled);
        run.Data.Write(reply.Json, nodes => Describe(run, nodes.EnumerateArray()), n => n.Find("node"));
        return ExitCode.Done;
    });

    private static Verb Get(Shell shell)
    {
        var name = Arguments.Named("NODE", "Name of the node");
        return new Verb("get", "Show one HAProxy node", "shifter nodes get lb-07", "shifter nodes get lb-07 -o json") { name }.Does(shell, async run =>
        {
            var all = await run.Api.GetAsync("nodes", run.Cancelled);
            var found = all.Json.EnumerateArray().Where(n => n.Find("node") == run.Get(name)).Select(n => (JsonElement?)n).FirstOrDefault()
                ?? throw NoSuchNode(run.Get(name), all.Json);
            run.Data.Write(found, n => Describe(run, [n]), n => n.Find("node"));
            return ExitCode.Done;
        });
    }

    private static Verb Delete(Shell shell)
    {
        var name = Arguments.Named("NODE", "Name of the node");
        return new Verb("delete", "Forget a node that is gone for good", "shifter nodes delete lb-07", "shifter nodes delete lb-07 --yes") { name }.Does(shell, async run =>
        {
            run.SayWhere($"node {run.Get(name)}");
            run.Confirm($"The node {run.Get(name)} is forgotten: nobody waits for it any more.");
            await run.Api.DeleteAsync($"nodes/{ApiClient.Part(run.Get(name))}".With(Arguments.ReasonQuery(run)), null, run.Cancelled);
            run.Say($"node {run.Get(name)} is forgotten");
            return ExitCode.Done;
        });
    }

    private static Failure NoSuchNode(string name, JsonElement nodes)
    {
        var meant = Similar.Find(name, nodes.EnumerateArray().Select(n => n.Find("node")).OfType<string>());
        return new Failure(ExitCode.NotFound, $"there is no node \"{name}\"", null, meant is null ? "shifter nodes" : $"did you mean {meant}?");
    }

    private static Table Describe(Invocation run, IEnumerable<JsonElement> nodes)
    {
        var table = new Table("NODE", "STATE", "HAPROXY", "EXCEPTIONS", "SEEN", new Column("ADDRESS", Wide: true), new Column("PID", Wide: true), new Column("DRIFT", Wide: true), "PROBLEM");
        foreach (var node in nodes)
        {
            var live = node.Is("live");
            var exceptions = node.List("liveness", "exceptions").ToList();
            // Whose names one may not see are counted all the same.
            var others = Math.Max(0, (int)(node.Number("notAsWanted") ?? 0) - exceptions.Count);
            var state = !live ? new Cell("✕ gone", Tone.Bad) : node.Find("problem") is not null || exceptions.Count + others > 0 ? new Cell("≠ not as wanted", Tone.Bad) : node.Is("lagging") ? new Cell("changing", Tone.Waits) : new Cell("✓ in step");
            table.Add(node.Find("node"), state, node.Find("liveness", "version"), others > 0 ? $"{Shown.List(exceptions)} +{others}" : Shown.List(exceptions), Shown.Age(node.Time("liveness", "at"), run.Now), node.Find("address"), node.Find("liveness", "haproxyPid"),
                node.Find("liveness", "lastDrift"), node.Find("problem"));
        }
        return table;
    }
}
