using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Judging.Replay;

/// <summary>Runs the judge over the rows of a file, as a controller would have run it over the ticks.</summary>
public static class JudgeReplay
{
    /// <summary>The first row that the constants have no step for; null when there is none.</summary>
    public static ReplayReading.Refused? FindProblem(IReadOnlyList<ReplayRow> rows, JudgeConstants constants) =>
        rows.FirstOrDefault(row => row.Step > constants.Steps) is { } beyond
            ? new(beyond.Line, beyond.StepColumn, $"step is {beyond.Step}, the rollout has {constants.Steps} (--steps)")
            : null;

    /// <summary>One line for each row. The first row is as long as the constants' tick, each other one as far as it is from the row before.</summary>
    /// <param name="shares">The candidate's share in each step; empty when they are not known, and then "no traffic" is not judged.</param>
    public static IEnumerable<ReplayLine> Run(IReadOnlyList<ReplayRow> rows, JudgeConstants constants, IReadOnlyList<Share> shares)
    {
        var judge = Judge.Start(constants);
        ReplayRow? before = null;
        foreach (var row in rows)
        {
            var verdict = judge.Observe(new JudgeTick
            {
                At = DateTimeOffset.UnixEpoch + Seconds(row.Seconds),
                Length = before is null ? constants.Tick : Seconds(row.Seconds - before.Seconds),
                Step = row.Step,
                Share = shares.Count >= row.Step ? shares[row.Step - 1] : null,
                Errors = row.Errors,
                Slow50 = row.Slow50,
                Slow90 = row.Slow90,
                Slow99 = row.Slow99,
            });
            before = row;
            yield return ReplayLine.Of(row.Seconds, verdict, judge);
        }
    }

    private static TimeSpan Seconds(decimal seconds) => TimeSpan.FromTicks((long)(seconds * TimeSpan.TicksPerSecond));
}
