using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Traffic;

/// <summary>The difference between the share that is wanted and what one HAProxy has, and the commands that take it away.</summary>
/// <remarks>
/// After the commands, planning again gives none. While they are being carried out there is always a server with weight, and the
/// colour that gains is never above the larger of its old and new share. <see cref="WeightCommands"/> puts them in order.
/// </remarks>
public sealed record Reconciliation
{
    private Reconciliation() { }

    /// <summary>To be sent in exactly this order. Empty when nothing differs, and when nothing may be done.</summary>
    public required IReadOnlyList<SetServerWeight> Commands { get; init; }

    /// <summary>Green's share as the weights and the usable servers give it now; null when no server of either colour takes traffic.</summary>
    public required Share? ObservedShare { get; init; }

    /// <summary>Green's share once the commands are carried out and every colour has a usable server; null when nothing could be planned.</summary>
    public required Share? AchievableShare { get; init; }

    /// <summary>Why the wanted share is not reached, as a sentence; null when it is, or will be.</summary>
    public string? Problem { get; init; }

    /// <summary>The wanted share is too far from anything that these servers can make: a person who asks for it should be told so instead.</summary>
    public bool IsRefused { get; init; }

    /// <summary>The process has what was wanted: nothing to send and nothing in the way.</summary>
    public bool IsSettled => Commands.Count == 0 && Problem is null;

    /// <param name="green">The share that green should have.</param>
    /// <param name="servers">All servers of the backend as they were read. Those of neither colour are left alone.</param>
    /// <param name="allowUnusableTarget">
    /// True when a person insists: weight may also go to a colour without a usable server, away from one that has some.
    /// False otherwise: the servers then keep their weights, and the problem says so.
    /// </param>
    public static Reconciliation Plan(Routing routing, Share green, IReadOnlyList<ServerReading> servers, bool allowUnusableTarget)
    {
        var now = new BackendReading(
            [.. servers.Where(s => routing.FindColour(s.Name) == Colour.Blue)],
            [.. servers.Where(s => routing.FindColour(s.Name) == Colour.Green)]);
        if (now.Blue.Count == 0 && green < Share.All) return now.Unplanned(Absent(routing, Colour.Blue));
        if (now.Green.Count == 0 && green > Share.None) return now.Unplanned(Absent(routing, Colour.Green));

        var plan = ServerWeightPlan.For(green, Planned(now.Blue), Planned(now.Green));
        if (!allowUnusableTarget && now.FindStarved(plan) is { } colour)
            return now.Unplanned($"{colour.Word()} has no usable server in backend \"{routing.Backend}\" and would get more of the traffic: the servers keep their weights");

        return new Reconciliation
        {
            Commands = WeightCommands.For(routing.BackendOf(Colour.Blue), now, plan),
            ObservedShare = now.FindShare(),
            AchievableShare = plan.Achieved,
            Problem = FindProblem(routing, green, now, plan),
            IsRefused = !plan.IsCloseEnough,
        };
    }

    /// <summary>What `map` routing would do: a row takes any share, and a colour without a usable server leaves its requests to the other one.</summary>
    public static Reconciliation Plan(PoolReading pool, Share green) => pool.FindProblem() is { } absent
        ? Nothing(null, absent)
        : new Reconciliation
        {
            Commands = [],
            ObservedShare = pool.ShareOf(green),
            AchievableShare = green,
            Problem = pool.FindUnserved(green),
        };

    internal static Reconciliation Nothing(Share? observed, string problem) =>
        new() { Commands = [], ObservedShare = observed, AchievableShare = null, Problem = problem };

    private static List<PlannedServer> Planned(IEnumerable<ServerReading> servers) =>
        [.. servers.Select(s => new PlannedServer(s.Name, s.InitialWeight, s.Health == ServerHealth.Up))];

    private static string Absent(Routing routing, Colour colour) =>
        $"backend \"{routing.Backend}\" has no server that is {colour.Word()} ({routing.Of(colour)})";

    private static string? FindProblem(Routing routing, Share green, BackendReading now, ServerWeightPlan plan)
    {
        foreach (var colour in new[] { Colour.Blue, Colour.Green })
        {
            if (now.Of(colour).Count == 0) return Absent(routing, colour);
            var wanted = colour == Colour.Green ? green : green.Rest;
            if (wanted > Share.None && !now.HasUsable(colour))
                return $"{colour.Word()} should get {wanted} and has no usable server in backend \"{routing.Backend}\"";
        }
        return plan.IsCloseEnough
            ? null
            : $"green {green} cannot be made with the servers of backend \"{routing.Backend}\": the nearest are {plan.Nearest.Below} and {plan.Nearest.Above}, {plan.Achieved} is used";
    }
}
