using System.Globalization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Migrations;

/// <summary>When a migration's applications may begin to move. What moves already goes on; freezes of the installation hold besides.</summary>
public sealed record MoveCalendar : DocumentPart
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Furthest = TimeSpan.FromDays(60);

    /// <summary>Only in one of these hours; null: at any hour. At most 100.</summary>
    public IReadOnlyList<WeeklyHours>? Hours { get; init; }

    /// <summary>Not in one of these windows; null for none. At most 100.</summary>
    public IReadOnlyList<FreezeWindow>? Closed { get; init; }

    /// <summary>Why an application may not begin now, as a sentence; null when it may.</summary>
    public string? FindClosed(AppName app, DateTimeOffset now) =>
        Closed?.FirstOrDefault(w => w.Holds(app, now)) is { } window ? $"the migration is {window.Describe()}" : FindClosedHour(now);

    /// <summary>The same for every application: it is not the hour.</summary>
    public string? FindClosedHour(DateTimeOffset now) =>
        Hours is { } hours && !hours.Any(h => h.Holds(now)) ? $"applications begin to move only {string.Join(" or ", hours.Select(h => h.Describe()))}" : null;

    /// <summary>It is the same for every application.</summary>
    internal bool IsForAll => Closed?.Any(w => w.Apps is not null) != true;

    /// <summary>The first moment from <paramref name="from"/> on, to the minute, at which an application may begin; null when there is none within 60 days.</summary>
    public DateTimeOffset? FindOpen(AppName app, DateTimeOffset from)
    {
        if (IsOpen(app, from)) return from;
        var last = from + Furthest;
        for (var at = new DateTimeOffset(from.Ticks - (from.Ticks % TimeSpan.TicksPerMinute), from.Offset) + Minute; at <= last; at += Minute)
            if (IsOpen(app, at)) return at;
        return null;
    }

    private bool IsOpen(AppName app, DateTimeOffset now) => Closed?.Any(w => w.Holds(app, now)) != true && Hours?.Any(h => h.Holds(now)) != false;

    internal IEnumerable<PlanProblem> FindProblems()
    {
        if (Hours is { Count: 0 }) yield return new("/calendar/hours", "names none; leave it out for every hour");
        if (Hours is { Count: > FreezeCalendar.MaxWindows } || Closed is { Count: > FreezeCalendar.MaxWindows }) yield return new("/calendar", $"at most {FreezeCalendar.MaxWindows} hours and as many windows");
        foreach (var (hours, i) in (Hours ?? []).Select((h, i) => (h, i)))
            if ((hours.FindProblem() ?? hours.FindZoneProblem()) is { } problem) yield return Place(string.Create(CultureInfo.InvariantCulture, $"/calendar/hours/{i}"), problem);
        foreach (var (window, i) in (Closed ?? []).Select((w, i) => (w, i)))
        {
            var at = string.Create(CultureInfo.InvariantCulture, $"/calendar/closed/{i}");
            if (window.FindProblem() is { } problem) yield return Place(at, problem);
            else if (window.Weekly?.FindZoneProblem() is { } zone) yield return Place($"{at}/weekly", zone);
        }
    }

    internal IEnumerable<(string, DocumentPart?)> PlacedParts() =>
    [
        .. (Hours ?? []).Select((h, i) => (string.Create(CultureInfo.InvariantCulture, $"calendar/hours/{i}"), (DocumentPart?)h)),
        .. (Closed ?? []).SelectMany((w, i) => new (string, DocumentPart?)[]
        {
            (string.Create(CultureInfo.InvariantCulture, $"calendar/closed/{i}"), w), (string.Create(CultureInfo.InvariantCulture, $"calendar/closed/{i}/weekly"), w.Weekly),
        }),
    ];

    /// <summary><c>from: "25:00" is not a time</c>, at its member.</summary>
    private static PlanProblem Place(string at, string problem) =>
        problem.IndexOf(": ", StringComparison.Ordinal) is > 0 and var colon ? new($"{at}/{problem[..colon]}", problem[(colon + 2)..]) : new(at, problem);
}
