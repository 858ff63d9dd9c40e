using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic;

/// <summary>The servers of both colours of one backend, as they were read.</summary>
internal sealed record BackendReading(IReadOnlyList<ServerReading> Blue, IReadOnlyList<ServerReading> Green)
{
    public IReadOnlyList<ServerReading> Of(Colour colour) => colour == Colour.Blue ? Blue : Green;

    public bool HasUsable(Colour colour) => Of(colour).Any(s => s.Health == ServerHealth.Up);

    /// <summary>Green's share of the traffic now: only usable servers take any.</summary>
    public Share? FindShare() => Totals(Total(Blue), Total(Green))?.GreenShare;

    /// <summary>The weights now, where a colour without a usable server counts as if all its servers were usable, as the planner counts it. Null when all are 0.</summary>
    public WeightTotals? FindNominal() => Totals(NominalTotal(Colour.Blue), NominalTotal(Colour.Green));

    /// <summary>The colour that the plan gives more although it has no usable server, at the cost of one that has; null when there is none.</summary>
    public Colour? FindStarved(ServerWeightPlan plan)
    {
        if (HasUsable(Colour.Blue) == HasUsable(Colour.Green) || FindNominal() is not { } nominal) return null;
        var greenGains = plan.Totals.CompareGreen(nominal);
        if (greenGains == 0) return null;
        var gaining = greenGains > 0 ? Colour.Green : Colour.Blue;
        return HasUsable(gaining) ? null : gaining;
    }

    public Reconciliation Unplanned(string problem) => Reconciliation.Nothing(FindShare(), problem);

    /// <summary>Whether the server's weight counts in the nominal share.</summary>
    public bool Counts(ServerReading server, Colour colour) => server.Health == ServerHealth.Up || !HasUsable(colour);

    private long NominalTotal(Colour colour) => Of(colour).Where(s => Counts(s, colour)).Sum(s => (long)s.Weight);

    private static long Total(IEnumerable<ServerReading> servers) => servers.Where(s => s.Health == ServerHealth.Up).Sum(s => (long)s.Weight);

    private static WeightTotals? Totals(long blue, long green) => blue + green == 0 ? null : new WeightTotals(blue, green);
}
