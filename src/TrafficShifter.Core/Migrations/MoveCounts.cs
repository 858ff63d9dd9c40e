namespace TrafficShifter.Core.Migrations;

/// <summary>How many applications are how far.</summary>
public sealed record MoveCounts(int Waiting, int NotReady, int Moving, int Moved, int RolledBack, int Skipped, int Failed)
{
    public int All => Waiting + NotReady + Moving + Moved + RolledBack + Skipped + Failed;

    /// <summary>Of those nothing more is to come.</summary>
    public int Settled => Moved + RolledBack + Skipped + Failed;

    /// <summary>What the stop rules count.</summary>
    public int Failures => RolledBack + Failed;

    public static MoveCounts Of(IEnumerable<Move> moves)
    {
        var by = moves.CountBy(m => m.Phase).ToDictionary();
        return new MoveCounts(Of(MovePhase.Waiting), Of(MovePhase.NotReady), Of(MovePhase.Moving), Of(MovePhase.Moved), Of(MovePhase.RolledBack), Of(MovePhase.Skipped), Of(MovePhase.Failed));

        int Of(MovePhase phase) => by.GetValueOrDefault(phase);
    }

    /// <summary><c>9 moved, 3 moving, 1 rolled back</c>; what there is none of is left out.</summary>
    public string Describe(string between = ", ") => All == 0 ? "none" : string.Join(between, new[]
    {
        (Moved, "moved"), (Moving, "moving"), (RolledBack, "rolled back"), (Failed, "failed"), (NotReady, "not ready"), (Skipped, "skipped"), (Waiting, "waiting"),
    }.Where(c => c.Item1 > 0).Select(c => $"{c.Item1} {c.Item2}"));
}
