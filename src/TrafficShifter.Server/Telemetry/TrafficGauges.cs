using System.Diagnostics.Metrics;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Telemetry;

/// <summary>Where traffic should go and where it goes, read at each scrape: an application that is gone leaves no series behind.</summary>
public sealed class TrafficGauges
{
    public TrafficGauges(IMeterFactory meters, TrafficFollower follower, NodeAgents agents)
    {
        var meter = meters.Create(ServerMeter.Name);
        meter.CreateObservableGauge("trafficshifter_desired_share_ratio", () => Desired(follower.Current), description: "Wanted share of a colour, 0 to 1, the lock included.");
        meter.CreateObservableGauge("trafficshifter_observed_share_ratio", () => Observed(agents, follower.Current), description: "Share of a colour as read back from HAProxy, 0 to 1.");
        meter.CreateObservableGauge("trafficshifter_node_up", () => Up(agents), description: "1 while the agent can drive its HAProxy, else 0.");
        meter.CreateObservableGauge("trafficshifter_node_exceptions", () => agents.All.Select(a => new Measurement<int>(a.Exceptions.Count(), Label("node", a.Node))), description: "Applications that are not as wanted on a node.");
        meter.CreateObservableGauge("trafficshifter_store_age_seconds", () => follower.Age?.TotalSeconds ?? double.NaN, description: "Time since the store was last heard of.");
        meter.CreateObservableGauge("trafficshifter_kv_lost", () => follower.Current.Apps.Values.Count(a => a.Exists && a.Definition.IsLost), description: "Applications that vanished from the store without being deleted.");
    }

    private static IEnumerable<Measurement<double>> Desired(TrafficSnapshot snapshot) =>
        from app in snapshot.Apps.Values
        let wanted = app.FindDesired(snapshot.Fleet)
        where wanted is not null
        from colour in new[] { Colour.Blue, Colour.Green }
        select new Measurement<double>(wanted.Of(colour).Ratio, Label("app", app.Name.Value), Label("colour", colour.Word()));

    private static IEnumerable<Measurement<double>> Observed(NodeAgents agents, TrafficSnapshot snapshot) =>
        from agent in agents.All
        where agent.Problem is null
        from app in snapshot.Apps.Keys
        let green = agent.Find(app, 0).Observed
        where green is not null
        from colour in new[] { Colour.Blue, Colour.Green }
        select new Measurement<double>(
            (colour == Colour.Green ? green.Value : green.Value.Rest).Ratio, Label("app", app.Value), Label("colour", colour.Word()), Label("node", agent.Node));

    private static IEnumerable<Measurement<int>> Up(NodeAgents agents) =>
        agents.All.Select(agent => new Measurement<int>(agent.Problem is null ? 1 : 0, Label("node", agent.Node)));

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
