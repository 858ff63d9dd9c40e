namespace TrafficShifter.Benchmarks.Judging;

/// <summary>What the whole grid says of the contestants.</summary>
internal sealed class JudgeSummary(IReadOnlyList<CellResult> results)
{
    /// <summary>A rule works in a cell that it misses at most in one rollout of ten, and whose healthy sibling it rolls back no more often.</summary>
    private const double Works = 0.1;

    public IEnumerable<CellResult> Of(Contestant contestant) => results.Where(r => r.Contestant == contestant);

    public double FalseRollback(Contestant contestant, Func<Cell, bool>? only = null) =>
        Of(contestant).Where(r => r.Cell.IsHealthy && (only is null || only(r.Cell))).Max(r => r.RolledBack);

    public double FalseRollbackMean(Contestant contestant) => Of(contestant).Where(r => r.Cell is { IsHealthy: true, Surroundings: Surroundings.Calm }).Average(r => r.RolledBack);

    /// <summary>Faults of errors at 100 requests per second and more.</summary>
    public double MissedAt100(Contestant contestant) => Of(contestant).Where(r => r.Cell is { Rate: >= 100, Fault.Errors: > 0 }).Average(r => r.Missed);

    /// <summary>How many times as many bad requests another rule serves: the geometric mean over the cells where it works. NaN where it works in none.</summary>
    public (double Times, int Cells) FewerBad(Contestant ours, Contestant other)
    {
        var logs = new List<double>();
        foreach (var theirs in Of(other).Where(r => r.Cell.Fault.Errors > 0 && r.Missed <= Works && Sibling(other, r.Cell).RolledBack <= Works))
        {
            var mine = Find(ours, theirs.Cell);
            // Half a request keeps a cell in which nothing was served a number.
            logs.Add(Math.Log((theirs.Caused + 0.5) / (mine.Caused + 0.5)));
        }
        return (Math.Exp(logs.DefaultIfEmpty(double.NaN).Average()), logs.Count);
    }

    /// <summary>The slowest cell at 10 requests per second and more.</summary>
    public double SecondsToCatchTotalFailure(Contestant contestant) => Of(contestant).Where(r => r.Cell is { Rate: >= 10, Fault.Errors: 1 }).Max(r => r.SecondsToCatch);

    /// <summary>The slowest cell with up to 0.1 % errors at these rates.</summary>
    public double SecondsToPromote(Contestant contestant, Func<int, bool> rate) =>
        Of(contestant).Where(r => r.Cell is { IsHealthy: true, Surroundings: Surroundings.Calm, Base: <= 0.001 } && rate(r.Cell.Rate)).Max(r => r.SecondsToPromote);

    public CellResult Find(Contestant contestant, Cell cell) => Of(contestant).Single(r => r.Cell == cell);

    public CellResult Find(Contestant contestant, int rate, double ratio, string fault) =>
        Of(contestant).Single(r => r.Cell.Rate == rate && r.Cell.Base == ratio && r.Cell.Fault.Name == fault && r.Cell is { FromMiddle: false, Surroundings: Surroundings.Calm });

    private CellResult Sibling(Contestant contestant, Cell cell) => Find(contestant, cell.Rate, cell.Base, Fault.None.Name);
}
