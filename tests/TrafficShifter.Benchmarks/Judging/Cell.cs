namespace TrafficShifter.Benchmarks.Judging;

/// <summary>What surrounds a rollout. Except for <see cref="Calm"/>, things that make a healthy candidate look bad to a simple rule.</summary>
internal enum Surroundings
{
    Calm,

    /// <summary>20 s of 20 times the errors on both sides, every two minutes on average.</summary>
    SharedBursts,

    /// <summary>Errors come in clusters of 4 on average on one side at a time (variance/mean 7).</summary>
    Clusters,

    /// <summary>Traffic goes up and down to a third and to three times.</summary>
    VaryingTraffic,

    /// <summary>70 % errors on both sides for 60 s, somewhere in the first 150 s.</summary>
    SharedOutage,
}

/// <summary>What is wrong with the candidate.</summary>
/// <param name="Errors">Part of its requests that fail beside the usual ones.</param>
/// <param name="Slowness">How many times longer its requests take.</param>
internal sealed record Fault(string Name, double Errors, double Slowness)
{
    public static Fault None { get; } = new("none", 0, 1);

    public static IReadOnlyList<Fault> OfErrors { get; } = [new("+0.1 points", 0.001, 1), new("+0.5 points", 0.005, 1), new("+1 point", 0.01, 1), new("+5 points", 0.05, 1), new("100 %", 1, 1)];

    public static IReadOnlyList<Fault> OfLatency { get; } = [new("p99 +20 %", 0, 1.2), new("p99 x 2", 0, 2)];
}

/// <summary>One cell of the grid: many rollouts of one kind.</summary>
/// <param name="Rate">Requests per second of both sides.</param>
/// <param name="Base">The usual error ratio.</param>
/// <param name="FromMiddle">The fault begins when the candidate's share first is a quarter or more.</param>
internal sealed record Cell(int Rate, double Base, Fault Fault, bool FromMiddle, Surroundings Surroundings, int Rollouts)
{
    public bool IsHealthy => Fault == Fault.None;

    /// <summary>Own seeds for each rollout of each cell.</summary>
    public ulong Seed(int rollout) => (ulong)HashCode(Rate, (int)(Base * 1e6), (int)(Fault.Errors * 1e4), (int)(Fault.Slowness * 10), FromMiddle ? 1 : 0, (int)Surroundings) * 1_000_003UL + (ulong)rollout;

    /// <summary>The same in every process, unlike the runtime's own.</summary>
    private static uint HashCode(params int[] values) => values.Aggregate(2166136261u, (hash, value) => (hash ^ (uint)value) * 16777619u);
}

internal static class Grid
{
    private static readonly int[] Rates = [1, 10, 100, 1000, 10_000];
    private static readonly bool[] Starts = [false, true];
    private static readonly double[] Bases = [0.0001, 0.001, 0.01];

    public static IReadOnlyList<Cell> Full { get; } = [.. Healthy(2000), .. Faulty(300)];

    /// <summary>The same cells with a tenth of the rollouts.</summary>
    public static IReadOnlyList<Cell> Quick { get; } = [.. Healthy(200), .. Faulty(20)];

    private static IEnumerable<Cell> Healthy(int rollouts) =>
        from surroundings in Enum.GetValues<Surroundings>()
        from rate in Rates
        from ratio in Bases
        where surroundings == Surroundings.Calm || ratio > 0.0001
        select new Cell(rate, ratio, Fault.None, FromMiddle: false, surroundings, rollouts);

    private static IEnumerable<Cell> Faulty(int rollouts) =>
        from middle in Starts
        from rate in Rates
        from ratio in Bases
        from fault in Fault.OfErrors.Concat(Fault.OfLatency)
        where fault.Errors > 0 || ratio == 0.001
        select new Cell(rate, ratio, fault, middle, Surroundings.Calm, rollouts);
}
