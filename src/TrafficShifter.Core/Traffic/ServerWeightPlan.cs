using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Traffic;

/// <summary>What the planner needs to know of one server.</summary>
/// <param name="Capacity">0 to 256, the configuration's weight: how much it takes beside its siblings of the same colour.</param>
/// <param name="Usable">False while it takes no traffic whatever its weight: down, in maintenance, draining.</param>
public sealed record PlannedServer(ProxyName Name, int Capacity, bool Usable);

/// <summary>The weight that each server of both colours gets, so that green has the wanted share.</summary>
/// <remarks>
/// HAProxy splits by weight ÷ sum of the weights of the servers that are usable. The same numbers always give the same plan.
/// The dominant colour stays as near to 256 as the best ratio allows, so that one plan follows another without a jump in scale.
/// </remarks>
public sealed record ServerWeightPlan
{
    /// <summary>HAProxy's largest server weight.</summary>
    public const int MaxWeight = 256;

    private ServerWeightPlan(WeightTotals totals) => Totals = totals;

    /// <summary>0 to 256 for every server given.</summary>
    public required IReadOnlyDictionary<ProxyName, int> Weights { get; init; }

    /// <summary>Green's share of the traffic with these weights, rounded to 0.01 %.</summary>
    public required Share Achieved { get; init; }

    /// <summary>What <see cref="Achieved"/> is the rounded form of.</summary>
    internal WeightTotals Totals { get; }

    /// <summary>False when the smaller colour's share is off by more than 0.01 % and by more than 5 % of itself.</summary>
    public required bool IsCloseEnough { get; init; }

    /// <summary>The nearest shares of green that these servers can make: the wanted one twice when it can be made exactly.</summary>
    public required NearestShares Nearest { get; init; }

    /// <param name="green">The share that green should have.</param>
    /// <exception cref="ArgumentException">A colour that should get traffic has no server at all.</exception>
    public static ServerWeightPlan For(Share green, IReadOnlyList<PlannedServer> blueServers, IReadOnlyList<PlannedServer> greenServers)
    {
        if (green < Share.All && blueServers.Count == 0) throw new ArgumentException("blue should get traffic and has no server", nameof(blueServers));
        if (green > Share.None && greenServers.Count == 0) throw new ArgumentException("green should get traffic and has no server", nameof(greenServers));
        var (blueLevels, greenLevels) = (new WeightLevels(blueServers), new WeightLevels(greenServers));
        if (green == Share.None) return Of(blueLevels, WeightLevels.Max, greenLevels, 0, new NearestShares(green, green), isCloseEnough: true);
        if (green == Share.All) return Of(blueLevels, 0, greenLevels, WeightLevels.Max, new NearestShares(green, green), isCloseEnough: true);
        var search = LevelSearch.Run(green, blueLevels, greenLevels);
        return Of(blueLevels, search.Best.Blue, greenLevels, search.Best.Green, search.Nearest, search.Best.IsCloseEnough);
    }

    private static ServerWeightPlan Of(WeightLevels blue, int blueLevel, WeightLevels green, int greenLevel, NearestShares nearest, bool isCloseEnough)
    {
        var weights = new Dictionary<ProxyName, int>();
        blue.Write(blueLevel, weights);
        green.Write(greenLevel, weights);
        var totals = new WeightTotals(blue.Total(blueLevel), green.Total(greenLevel));
        return new ServerWeightPlan(totals)
        {
            Weights = weights,
            Achieved = totals.GreenShare,
            IsCloseEnough = isCloseEnough,
            Nearest = nearest,
        };
    }
}

/// <summary>The greatest share that can be made at or below the wanted one, and the least at or above it.</summary>
public sealed record NearestShares(Share Below, Share Above);

/// <summary>Sums of the weights of each colour's usable servers, not both 0: a share before it is rounded.</summary>
internal readonly record struct WeightTotals(long Blue, long Green)
{
    public Share GreenShare => Share.Of(Green, Blue + Green);

    /// <summary>Above 0 when green has more of the traffic here than there, exactly.</summary>
    public int CompareGreen(WeightTotals other) => (Green * other.Blue).CompareTo(other.Green * Blue);
}
