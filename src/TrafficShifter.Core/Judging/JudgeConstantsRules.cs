using System.Globalization;

namespace TrafficShifter.Core.Judging;

internal static class JudgeConstantsRules
{
    private static readonly TimeSpan Longest = TimeSpan.FromDays(1);

    public static string? FindProblem(JudgeConstants c) =>
        Outside("alpha", c.Alpha, 0, 0.5, aboveOnly: true)
        ?? Outside("k", c.K, 1, 100) ?? Outside("delta", c.Delta, 0, 0.5)
        ?? Outside("latencyK", c.LatencyK, 1, 100) ?? Outside("latencyDelta", c.LatencyDelta, 0, 0.5)
        ?? Bets("ratioBets", c.RatioBets, r => r is > 1 and <= 1e6, "above 1 and up to 1000000")
        ?? Bets("absoluteBets", c.AbsoluteBets, u => u is > 0 and < 1, "above 0 and below 1")
        ?? Bets("goBets", c.GoBets, a => a is >= 0 and < 1, "0 or more and below 1")
        ?? c.Weights.FindProblem() ?? Latency(c) ?? Stakes(c)
        ?? Outside("phi", c.Phi, 1, 20) ?? Outside("p0", c.P0, 0, 0.999, aboveOnly: true)
        ?? Outside("marginFine", c.MarginFine, 0, 0.999, aboveOnly: true) ?? Outside("marginCoarse", c.MarginCoarse, 0, 0.999, aboveOnly: true) ?? Outside("marginLast", c.MarginLast, 0, 0.999, aboveOnly: true)
        ?? Outside("alphaGo", c.AlphaGo, 0, 0.5, aboveOnly: true) ?? Outside("suspicion", c.Suspicion, 1, 1e12, aboveOnly: true)
        ?? Outside("minRequests", c.MinRequests, 0, 1e12) ?? Outside("batchMin", c.BatchMin, 0, 1e12)
        ?? Outside("steps", c.Steps, 1, 50) ?? (c.EvalTicks is { } ticks ? Outside("evalTicks", ticks, 1, 1e6) : null)
        ?? Times(c);

    private static string? Times(JudgeConstants c) =>
        Outside("tick", c.Tick, TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(60)) ?? Outside("window", c.Window, TimeSpan.FromSeconds(0.1), TimeSpan.FromMinutes(10))
        ?? Outside("scrapeInterval", c.ScrapeInterval, TimeSpan.Zero, TimeSpan.FromMinutes(10)) ?? Outside("batchAge", c.BatchAge, TimeSpan.FromSeconds(0.1), Longest)
        ?? Outside("minDwell", c.MinDwell, TimeSpan.Zero, Longest) ?? Outside("midDwell", c.MidDwell, TimeSpan.Zero, Longest) ?? Outside("maxDwell", c.MaxDwell, TimeSpan.Zero, Longest)
        ?? (c.Window / c.Tick > 1200 ? "window: at most 1200 ticks" : null);

    private static string? Latency(JudgeConstants c) =>
        c.Latency.Select(t => t.Quantile).Distinct().Count() != c.Latency.Count ? "latency: each quantile once at most" : null;

    private static string? Stakes(JudgeConstants c) =>
        Outside("firstStake", c.FirstStake, 0, 1) ?? Outside("stepStake", c.StepStake, 0, 1) ?? Outside("evalStake", c.EvalStake, 0, 1)
        ?? (c.FirstStake + c.StepStake + c.EvalStake > 1 + 1e-12 ? "stakes: firstStake, stepStake and evalStake are 1 together at most" : null);

    private static string? Bets(string name, IReadOnlyList<double> bets, Func<double, bool> isGood, string rule) =>
        bets.Count is 0 or > 32 ? $"{name}: 1 to 32 numbers are needed" : bets.All(isGood) ? null : $"{name}: each must be {rule}";

    private static string? Outside(string name, double value, double least, double most, bool aboveOnly = false) =>
        value <= most && (aboveOnly ? value > least : value >= least) ? null
        : string.Create(CultureInfo.InvariantCulture, $"{name}: {value} is not {(aboveOnly ? "above" : "at least")} {least} and at most {most}");

    private static string? Outside(string name, TimeSpan value, TimeSpan least, TimeSpan most) =>
        value >= least && value <= most ? null : string.Create(CultureInfo.InvariantCulture, $"{name}: {value.TotalSeconds} s is not within {least.TotalSeconds} and {most.TotalSeconds} s");
}
