using System.Globalization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Rollouts;

/// <summary>When no rollout may go forward: <c>control/freeze</c>.</summary>
public sealed record FreezeCalendar : Document
{
    public const int MaxWindows = 100;

    public IReadOnlyList<FreezeWindow> Windows { get; init; } = [];

    public string? By { get; init; }

    public string? Reason { get; init; }

    public DateTimeOffset? At { get; init; }

    /// <summary>The window that holds for an application now; null when none does.</summary>
    public FreezeWindow? Find(AppName app, DateTimeOffset now) => Windows.FirstOrDefault(w => w.Holds(app, now));

    public override string? FindProblem()
    {
        if (Windows.Count > MaxWindows) return $"windows: at most {MaxWindows}, not {Windows.Count}";
        for (var i = 0; i < Windows.Count; i++)
            if (Windows[i].FindProblem() is { } problem) return string.Create(CultureInfo.InvariantCulture, $"windows/{i}/{problem}");
        return null;
    }

    /// <summary>A zone that this machine does not know, with its place; null when there is none.</summary>
    public string? FindZoneProblem() => Windows
        .Select((w, i) => w.Weekly?.FindZoneProblem() is { } problem ? string.Create(CultureInfo.InvariantCulture, $"windows/{i}/weekly/{problem}") : null)
        .FirstOrDefault(p => p is not null);

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() =>
        Windows.SelectMany((w, i) => new (string, DocumentPart?)[] { (string.Create(CultureInfo.InvariantCulture, $"windows/{i}"), w), (string.Create(CultureInfo.InvariantCulture, $"windows/{i}/weekly"), w.Weekly) });
}

/// <summary>A time in which no rollout goes forward: once, or every week.</summary>
public sealed record FreezeWindow : DocumentPart
{
    public const int MaxNameLength = 100;

    /// <summary>What people know it by; 1 to 100 characters.</summary>
    public required string Name { get; init; }

    /// <summary>The applications that it holds for; null for all.</summary>
    public IReadOnlyList<AppName>? Apps { get; init; }

    /// <summary>The first moment of one that is once.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>The first moment after it.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Of one that comes back each week; null for one that is once.</summary>
    public WeeklyHours? Weekly { get; init; }

    public bool Holds(AppName app, DateTimeOffset now) => (Apps is null || Apps.Contains(app)) && Holds(now);

    /// <summary>Whether this is its time, for the applications that it holds for.</summary>
    public bool Holds(DateTimeOffset now) => Weekly?.Holds(now) ?? (now >= From && now < To);

    /// <summary>What to tell people: <c>frozen by "new year" until 2027-01-02 06:00 UTC</c>.</summary>
    public string Describe() => Weekly is { } weekly
        ? $"frozen by \"{Name}\" until {weekly.To} {weekly.Zone ?? WeeklyHours.Utc}"
        : string.Create(CultureInfo.InvariantCulture, $"frozen by \"{Name}\" until {To!.Value.UtcDateTime:yyyy-MM-dd HH:mm} UTC");

    /// <summary>When it holds, in words: <c>"weekend" on friday from 16:00 to 24:00 Europe/Berlin</c>.</summary>
    public string DescribeTime() => Weekly is { } weekly
        ? $"\"{Name}\" {weekly.Describe()}"
        : string.Create(CultureInfo.InvariantCulture, $"\"{Name}\" from {From!.Value.UtcDateTime:yyyy-MM-dd HH:mm} to {To!.Value.UtcDateTime:yyyy-MM-dd HH:mm} UTC");

    public string? FindProblem() =>
        Name.Length is 0 or > MaxNameLength ? $"name: 1 to {MaxNameLength} characters"
        : Apps is { Count: 0 } ? "apps: names none; leave it out for all"
        : Weekly is null && (From is null || To is null) ? "from: needs from and to, or weekly"
        : Weekly is not null && (From is not null || To is not null) ? "weekly: stands beside from and to; one of the two"
        : Weekly is null && From >= To ? "to: is not after from"
        : Weekly?.FindProblem() is { } problem ? $"weekly/{problem}"
        : null;
}
