using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>Whether a rule stops a migration.</summary>
public static class StopReasons
{
    /// <summary>The rule that is reached, as a sentence; null when none is. What a person knew of who resumed it does not count again.</summary>
    public static string? Find(Migration migration, IReadOnlyList<Move> moves)
    {
        var (rules, counts) = (migration.Definition.Stop, MoveCounts.Of(moves));
        var (rollbacks, failures) = (counts.RolledBack + CountRetries(moves) - migration.ForgivenRollbacks, counts.Failures + CountRetries(moves) - migration.ForgivenFailures);
        if (rules.AnyFailureInWave && failures > 0) return $"an application of wave {migration.Definition.Waves[migration.Wave].Name} failed or was rolled back ({Last(moves)}), and any failure stops it";
        if (rules.Rollbacks is { } most && rollbacks >= most) return $"{Words.Count(rollbacks, "rollback")} of {most} at which it stops; the last was {Last(moves)}";
        return rules.FailedShare is { } part && failures > 0 && Share.Of(Math.Min(failures, counts.All), counts.All) >= part
            ? $"{failures} of {counts.All} applications failed or were rolled back, which is {part} or more; the last was {Last(moves)}" : null;
    }

    /// <summary>How much of the rules is used up: <c>1 of 3 rollbacks used</c>; null where nothing stops it.</summary>
    public static string? Describe(Migration migration, IReadOnlyList<Move> moves)
    {
        var (rules, counts) = (migration.Definition.Stop, MoveCounts.Of(moves));
        var said = new List<string>();
        if (rules.AnyFailureInWave) said.Add("any failure stops it");
        if (rules.Rollbacks is { } most) said.Add($"{Math.Max(0, counts.RolledBack + CountRetries(moves) - migration.ForgivenRollbacks)} of {most} rollbacks used");
        if (rules.FailedShare is { } part) said.Add($"{Math.Max(0, counts.Failures + CountRetries(moves) - migration.ForgivenFailures)} of {counts.All} failed, {part} stops it");
        return said.Count == 0 ? null : string.Join("; ", said);
    }

    /// <summary>Applications whose last attempt was rolled back and whose next one has not begun: they count as what was rolled back, until it begins.</summary>
    internal static int CountRetries(IEnumerable<Move> moves) => moves.Count(IsRetry);

    private static bool IsRetry(Move move) => move is { Phase: MovePhase.Waiting or MovePhase.NotReady, Attempts: > 0 };

    private static string Last(IReadOnlyList<Move> moves) => moves.Where(m => m.Phase.IsFailure() || IsRetry(m)).MaxBy(m => m.EndedAt ?? m.At) is { } last ? $"{last.App}: {last.Sentence}" : "not there any more";
}
