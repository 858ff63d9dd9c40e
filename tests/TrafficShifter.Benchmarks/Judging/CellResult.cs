namespace TrafficShifter.Benchmarks.Judging;

/// <summary>What one rule did with all rollouts of a cell.</summary>
/// <param name="RolledBack">Part of them.</param>
/// <param name="Caused">Bad requests that the fault caused until the rollout ended, on average.</param>
/// <param name="SecondsToCatch">From the fault's beginning to the rollback, on average over those rolled back; NaN without.</param>
/// <param name="SecondsToPromote">On average over those promoted; NaN without.</param>
internal sealed record CellResult(Cell Cell, Contestant Contestant, double RolledBack, double Caused, double SecondsToCatch, double SecondsToPromote)
{
    /// <summary>No rollout is longer: whoever holds for an hour waits for a person.</summary>
    private const double Longest = 3600;

    /// <summary>A fault that was promoted, or still served after an hour.</summary>
    public double Missed => 1 - RolledBack;

    public static CellResult Run(Cell cell, Contestant contestant, Latencies latencies)
    {
        var (back, promoted, caused, toCatch, toPromote) = (0, 0, 0.0, 0.0, 0.0);
        for (var rollout = 0; rollout < cell.Rollouts; rollout++)
        {
            var world = new World(cell, rollout, latencies);
            var rule = contestant.Begin(world, cell, latencies);
            var ending = Ending.GoingOn;
            while (ending == Ending.GoingOn && world.Seconds < Longest) ending = rule.Observe(world.Next(rule.Share), world.Seconds);
            caused += world.Caused;
            if (ending == Ending.RolledBack)
            {
                back++;
                toCatch += world.Seconds - (world.FaultAt ?? 0);
            }
            if (ending != Ending.Promoted) continue;
            promoted++;
            toPromote += world.Seconds;
        }
        return new(cell, contestant, back / (double)cell.Rollouts, caused / cell.Rollouts, toCatch / back, toPromote / promoted);
    }
}
