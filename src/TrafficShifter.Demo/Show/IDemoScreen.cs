using System.Text.Json.Nodes;
using TrafficShifter.Demo.Load;

namespace TrafficShifter.Demo.Show;

/// <summary>One moment of a rollout: what the API says of it, and what the load counted.</summary>
/// <param name="Before">The load's counts when the rollout began.</param>
public sealed record DemoFrame(JsonNode Rollout, LoadReport Now, LoadReport Before);

/// <summary>Where the demo is shown: a live picture on a terminal, lines elsewhere.</summary>
public interface IDemoScreen
{
    void Begin(string title);

    void Show(DemoFrame frame);

    void Say(string sentence);
}
