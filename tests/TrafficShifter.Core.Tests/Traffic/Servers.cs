using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

/// <summary>Servers as sentences: <c>Servers.Of("blue", 100, 100)</c> is blue1 and blue2 of capacity 100.</summary>
internal static class Servers
{
    public static readonly Routing Routing = new() { Backend = ProxyName.Parse("shop") };

    public static List<PlannedServer> Of(string colour, params int[] capacities) =>
        [.. capacities.Select((capacity, i) => new PlannedServer(ProxyName.Parse($"{colour}{i + 1}"), capacity, Usable: true))];

    public static List<PlannedServer> WithUnusable(this List<PlannedServer> servers, int number) =>
        [.. servers.Select((s, i) => i == number - 1 ? s with { Usable = false } : s)];

    public static ServerReading Reading(string name, int weight, int initialWeight = 100, ServerHealth health = ServerHealth.Up) =>
        new(ProxyName.Parse(name), weight, initialWeight, health);

    public static string Text(this ServerWeightPlan plan) =>
        string.Join(' ', plan.Weights.OrderBy(w => w.Key.Value, StringComparer.Ordinal).Select(w => $"{w.Key}={w.Value}"));

    public static string Text(this Reconciliation reconciliation) =>
        string.Join(' ', reconciliation.Commands.Select(c => $"{c.Server}={c.Weight}"));

    public static List<ServerReading> Apply(this IEnumerable<ServerReading> servers, IEnumerable<SetServerWeight> commands)
    {
        var after = servers.ToList();
        foreach (var command in commands)
        {
            var at = after.FindIndex(s => s.Name == command.Server);
            after[at] = after[at] with { Weight = command.Weight };
        }
        return after;
    }
}
