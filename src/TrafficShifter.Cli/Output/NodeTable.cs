using System.Text.Json;
using TrafficShifter.Cli.Api;

namespace TrafficShifter.Cli.Output;

/// <summary>How far each node is with one application.</summary>
internal static class NodeTable
{
    public static Table Of(IEnumerable<JsonElement> nodes)
    {
        var table = new Table("NODE", "PROGRESS", "TRAFFIC", new Column("ACKNOWLEDGED", Wide: true), new Column("DRIFT", Wide: true), "PROBLEM");
        foreach (var node in nodes)
        {
            var progress = node.Find("progress");
            table.Add(node.Find("node"), new Cell(progress ?? "-", progress is "failing" or "unknown" ? Tone.Bad : progress == "lagging" ? Tone.Waits : Tone.None),
                Shown.Traffic(node.Find("observation", "observed")), node.Find("acknowledged"), node.Find("observation", "lastDrift"), node.Find("problem"));
        }
        return table;
    }

    /// <summary><c>observed on 11 of 12 nodes</c>; nodes without the application do not count.</summary>
    public static string Summary(IEnumerable<JsonElement> nodes)
    {
        var serving = nodes.Where(n => n.Find("progress") != "notServing").ToList();
        return $"observed on {serving.Count(n => n.Find("progress") == "observed")} of {serving.Count} nodes";
    }
}
