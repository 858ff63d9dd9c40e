using System.Globalization;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Cli.Output;

/// <summary>The words and marks of the domain: ● is blue, ▲ is green, here and on every page.</summary>
internal static class Shown
{
    private const int BarWidth = 40;

    /// <summary><c>●90 ▲10</c>, from green's share as the API writes it; - when nothing says.</summary>
    public static string Traffic(string? green) => Share.TryParse(green, CultureInfo.InvariantCulture, out var share)
        ? $"●{Percent(share.Rest)} ▲{Percent(share)}"
        : "-";

    /// <summary><c>● blue</c>.</summary>
    public static string Colour(string? colour) => colour switch { "blue" => "● blue", "green" => "▲ green", null => "-", var other => other };

    /// <summary><c>●90 ██████▨▨ 10▲</c>.</summary>
    public static string Bar(string? green)
    {
        if (!Share.TryParse(green, CultureInfo.InvariantCulture, out var share)) return "-";
        // A share above zero is seen, however small.
        var part = share == Share.None ? 0 : share == Share.All ? BarWidth : Math.Clamp((int)Math.Round(share.Ratio * BarWidth), 1, BarWidth - 1);
        return $"●{Percent(share.Rest)} {new string('█', BarWidth - part)}{new string('▨', part)} {Percent(share)}▲";
    }

    /// <summary>How long ago, short: <c>40s</c>, <c>4m</c>, <c>3h</c>, <c>3d</c>.</summary>
    public static string Age(DateTimeOffset? since, DateTimeOffset now)
    {
        if (since is not { } moment) return "-";
        var age = now - moment;
        return age < TimeSpan.FromMinutes(1) ? $"{Math.Max(0, (int)age.TotalSeconds)}s"
            : age < TimeSpan.FromHours(1) ? $"{(int)age.TotalMinutes}m"
            : age < TimeSpan.FromDays(2) ? $"{(int)age.TotalHours}h"
            : $"{(int)age.TotalDays}d";
    }

    /// <summary>A time that ends a second's part: <c>1m30s</c>.</summary>
    public static string Time(TimeSpan time) => Duration.Format(TimeSpan.FromSeconds(Math.Floor(time.TotalSeconds)));

    public static string Time(string? time) => Duration.TryParse(time, out var parsed) ? Time(parsed) : "-";

    /// <summary>The time of day in UTC of something that happened: <c>09:44:10</c>.</summary>
    public static string Clock(DateTimeOffset? at) => at?.UtcDateTime.ToString("HH:mm:ss", CultureInfo.InvariantCulture) ?? "-";

    public static string Date(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) ?? "-";

    public static string Phase(string? phase) => phase switch
    {
        "pending" => "Waiting to start",
        "progressing" => "Moving",
        "paused" => "Paused",
        "promoting" => "Promoting",
        "succeeded" => "Done",
        "rollingBack" => "Rolling back",
        "rolledBack" => "Rolled back",
        "aborted" => "Aborted",
        null => "-",
        var other => other,
    };

    public static Tone ToneOf(string? phase) => phase switch
    {
        "rollingBack" or "rolledBack" or "aborted" => Tone.Bad,
        "paused" => Tone.Waits,
        _ => Tone.None,
    };

    public static string List(IEnumerable<JsonElement> names) => string.Join(",", names.Select(n => n.ToString()));

    private static string Percent(Share share) => share.ToString().TrimEnd('%');
}
