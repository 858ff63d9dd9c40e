namespace TrafficShifter.Core.Traffic;

/// <summary>Finds the pair of levels whose ratio is nearest to a share above 0 and below 100 %.</summary>
/// <remarks>
/// For each of blue's 256 levels, green's two nearest levels are found by halving, so every pair that could be the nearest is seen.
/// All comparisons are between whole numbers: exact, and therefore the same on every machine and monotone in the share.
/// </remarks>
internal sealed class LevelSearch
{
    private readonly Share _wanted;
    private LevelPair? _best;
    private LevelPair? _below;
    private LevelPair? _above;

    private LevelSearch(Share wanted) => _wanted = wanted;

    public LevelPair Best => _best!.Value;

    public NearestShares Nearest => new(_below?.Share ?? Share.None, _above?.Share ?? Share.All);

    public static LevelSearch Run(Share green, WeightLevels blueLevels, WeightLevels greenLevels)
    {
        var search = new LevelSearch(green);
        for (var blue = WeightLevels.Max; blue >= 1; blue--)
        {
            var ideal = (long)blueLevels.Total(blue) * green.BasisPoints / green.Rest.BasisPoints;
            var nearest = greenLevels.LevelAtMost(ideal);
            // Level 0 would send green nothing, which no share above 0 may become.
            if (nearest > 0) search.Look(blue, nearest, blueLevels, greenLevels);
            if (nearest < WeightLevels.Max) search.Look(blue, nearest + 1, blueLevels, greenLevels);
        }
        return search;
    }

    private void Look(int blue, int green, WeightLevels blueLevels, WeightLevels greenLevels)
    {
        var pair = new LevelPair(blue, green, blueLevels.Total(blue), greenLevels.Total(green), _wanted);
        if (pair.IsBetterThan(_best)) _best = pair;
        if (pair.Offset <= 0 && pair.IsBetterThan(_below)) _below = pair;
        if (pair.Offset >= 0 && pair.IsBetterThan(_above)) _above = pair;
    }
}

/// <summary>One candidate: a level for each colour, and how far its ratio is from the wanted share.</summary>
internal readonly record struct LevelPair(int Blue, int Green, long BlueTotal, long GreenTotal, Share Wanted)
{
    private long Sum => BlueTotal + GreenTotal;

    /// <summary>Green's share minus the wanted one, in basis points times <see cref="Sum"/>; 0 when exact.</summary>
    public long Offset => GreenTotal * Share.MaxBasisPoints - Wanted.BasisPoints * Sum;

    public Share Share => Share.Of(GreenTotal, Sum);

    /// <summary>Off by no more than one basis point, or by no more than a twentieth of the smaller side.</summary>
    public bool IsCloseEnough
    {
        get
        {
            var smaller = Math.Min(Wanted.BasisPoints, Wanted.Rest.BasisPoints);
            return Math.Abs(Offset) <= Sum || Math.Abs(Offset) * 20 <= smaller * Sum;
        }
    }

    /// <summary>Nearer to the wanted share; when equally near, larger weights; then the less green.</summary>
    public bool IsBetterThan(LevelPair? known)
    {
        if (known is not { } other) return true;
        var nearer = (Math.Abs(other.Offset) * Sum).CompareTo(Math.Abs(Offset) * other.Sum);
        if (nearer != 0) return nearer > 0;
        var larger = Math.Max(Blue, Green).CompareTo(Math.Max(other.Blue, other.Green));
        return larger != 0 ? larger > 0 : Offset < other.Offset;
    }
}
