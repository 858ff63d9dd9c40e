using System.Globalization;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Hours of some days of each week, as the clock on the wall of a time zone shows them.</summary>
/// <remarks>
/// Where summer time begins, hours that the clock leaps over do not hold; where it ends, hours that it shows twice hold twice. So a window always ends
/// when the clock shows its end.
/// </remarks>
public sealed record WeeklyHours : DocumentPart
{
    public const string Utc = "UTC";
    private const string LastMinute = "24:00";

    /// <summary>At least one: <c>friday</c>.</summary>
    public required IReadOnlyList<DayOfWeek> Days { get; init; }

    /// <summary>The first minute, <c>16:00</c>; default <c>00:00</c>.</summary>
    public string From { get; init; } = "00:00";

    /// <summary>The first minute after it, on the same day; default <c>24:00</c>.</summary>
    public string To { get; init; } = LastMinute;

    /// <summary>The time zone by its name in the IANA database: <c>Europe/Berlin</c>; null for UTC.</summary>
    public string? Zone { get; init; }

    /// <remarks>A zone that this machine does not know holds at all its hours in UTC's place, and those around them: whoever wrote it wanted something to stand still.</remarks>
    public bool Holds(DateTimeOffset now)
    {
        if (FindZone() is { } zone) return HoldsAt(TimeZoneInfo.ConvertTime(now, zone).DateTime);
        for (var hours = -12; hours <= 14; hours++)
            if (HoldsAt(now.UtcDateTime.AddHours(hours))) return true;
        return false;
    }

    /// <summary>In words: <c>on friday and saturday from 16:00 to 24:00 Europe/Berlin</c>.</summary>
    public string Describe() => $"on {string.Join(", ", Days.Select(d => d.ToString().ToLowerInvariant()))} from {From} to {To} {Zone ?? Utc}";

    public string? FindProblem() =>
        Days.Count == 0 ? "days: names none"
        : FindTime(From) is null ? $"from: \"{From}\" is not a time like \"16:00\""
        : FindTime(To) is null ? $"to: \"{To}\" is not a time like \"16:00\", up to \"24:00\""
        : FindTime(From) >= FindTime(To) ? "to: is not after from; hours over midnight are two windows"
        : null;

    /// <summary>What is wrong with the zone, where a person writes it. A document with one that another machine knows is not broken.</summary>
    public string? FindZoneProblem() => FindZone() is null ? $"zone: \"{Zone}\" is not a time zone of the IANA database like \"Europe/Berlin\", or this machine does not know it" : null;

    private bool HoldsAt(DateTime local) => Days.Contains(local.DayOfWeek) && local.TimeOfDay >= FindTime(From) && local.TimeOfDay < FindTime(To);

    // Names of Windows' zones would be taken too, and mean something only here.
    private TimeZoneInfo? FindZone() =>
        Zone is null or Utc ? TimeZoneInfo.Utc
        : Zone.Contains('/', StringComparison.Ordinal) && TimeZoneInfo.TryFindSystemTimeZoneById(Zone, out var zone) && zone.HasIanaId ? zone
        : null;

    private static TimeSpan? FindTime(string text) =>
        text == LastMinute ? TimeSpan.FromDays(1)
        : TimeOnly.TryParseExact(text, "HH:mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out var time) ? time.ToTimeSpan()
        : null;
}
