namespace TrafficShifter.Benchmarks.Judging;

internal enum Ending
{
    GoingOn,
    Promoted,
    RolledBack,
}

/// <summary>A program that moves traffic step by step, as far as its decisions go.</summary>
internal abstract class Rule
{
    /// <summary>The candidate's share in the next 5 s.</summary>
    public abstract double Share { get; }

    public abstract Ending Observe(WorldTick tick, double seconds);
}

/// <summary>The rules that are compared, each with a name and a way to begin a rollout.</summary>
internal sealed record Contestant(string Name, Func<World, Cell, Latencies, Rule> Begin)
{
    public static Contestant Ours { get; } = new("ours", (world, _, latencies) => OurRule.Start(world, latencies, OurRule.TenPercentSteps));

    public static Contestant OursAuto { get; } = new("ours, share auto", (world, cell, latencies) => OurRule.Start(world, latencies, OurRule.SharesFor(cell.Rate)));

    public static Contestant Flagger10 { get; } = new("Flagger, steps of 10", (_, _, _) => new FlaggerRule(60, 5, 0.1));

    public static Contestant Flagger5 { get; } = new("Flagger, steps of 5", (_, _, _) => new FlaggerRule(60, 5, 0.05));

    public static Contestant Tight { get; } = new("Flagger, 10 s and 3", (_, _, _) => new FlaggerRule(10, 3, 0.1));

    public static Contestant Argo { get; } = new("Argo Rollouts", (_, _, _) => new ArgoRule());

    public static Contestant Kayenta { get; } = new("Kayenta", (_, _, _) => new KayentaRule());

    public static IReadOnlyList<Contestant> All { get; } = [Ours, OursAuto, Flagger10, Flagger5, Tight, Argo, Kayenta];
}
