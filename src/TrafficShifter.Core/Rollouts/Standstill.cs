using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Somebody stopped the line: no rollout goes forward until the switch is taken away. <c>control/stop</c>.</summary>
public sealed record StopLine : Document
{
    public required string By { get; init; }

    public string? Reason { get; init; }

    public required DateTimeOffset At { get; init; }
}

/// <summary>What holds all rollouts at one moment: the freeze calendar and the stop switch. Neither ever holds back a rollback.</summary>
/// <param name="Freeze">Null when there is no calendar.</param>
/// <param name="Stop">Null when the line runs.</param>
/// <remarks>A document that does not parse holds everything: whoever wrote it wanted something to stand still.</remarks>
public sealed record Standstill(Reading<FreezeCalendar>? Freeze, Reading<StopLine>? Stop)
{
    public static readonly Standstill None = new(null, null);

    public static Standstill Of(IReadOnlyList<Entry> control) => new(
        control.FirstOrDefault(e => e.Key == Keys.Freeze) is { } freeze ? Reading.Of<FreezeCalendar>(freeze) : null,
        control.FirstOrDefault(e => e.Key == Keys.Stop) is { } stop ? Reading.Of<StopLine>(stop) : null);

    /// <summary>Why the application's rollouts do not go forward now, as a sentence; null when they do.</summary>
    public string? Find(AppName app, DateTimeOffset now) => (Stop, Freeze) switch
    {
        (Reading<StopLine>.Broken stop, _) => $"{stop.Problem}: nothing goes forward until it is put right",
        (Reading<StopLine>.Good { Value: var stop }, _) => $"the line is stopped by {stop.By}{(stop.Reason is { } why ? $" ({why})" : "")}",
        (_, Reading<FreezeCalendar>.Broken freeze) => $"{freeze.Problem}: nothing goes forward until it is put right",
        (_, Reading<FreezeCalendar>.Good { Value: var freeze }) => freeze.Find(app, now)?.Describe(),
        _ => null,
    };

    /// <summary>The freeze windows that hold now, for whichever applications.</summary>
    public IEnumerable<FreezeWindow> FindWindows(DateTimeOffset now) => Freeze?.Find()?.Windows.Where(w => w.Holds(now)) ?? [];

    /// <summary>Which of the two documents cannot be read, as sentences.</summary>
    public IEnumerable<string> FindProblems()
    {
        if (Stop is Reading<StopLine>.Broken stop) yield return stop.Problem;
        if (Freeze is Reading<FreezeCalendar>.Broken freeze) yield return freeze.Problem;
    }

    /// <summary>The same changes, lost if the calendar or the switch was written since. For what goes forward only.</summary>
    public ChangeSet Guard(ChangeSet changes, Decision decision) => decision is Decision.Start or Decision.Advance or Decision.Promote or Decision.Resume { Reapplies: true } or Decision.Hold { Why: HoldReason.Hook }
        ? changes.With(new Change.Unchanged(Keys.Freeze, Freeze?.ModifyIndex ?? 0), new Change.Unchanged(Keys.Stop, Stop?.ModifyIndex ?? 0))
        : changes;
}
