using System.Globalization;
using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Analysis;

/// <summary>What the placeholders of a <see cref="QueryTemplate"/> stand for in one measurement.</summary>
/// <param name="Colour">The colour being moved to.</param>
/// <param name="Stable">The colour being moved from.</param>
/// <param name="Backend">The backend that holds the servers of <paramref name="Colour"/>.</param>
/// <param name="ServerPattern">A regular expression that matches the servers of <paramref name="Colour"/>: <c>blue.*</c>, <c>a|b</c>.</param>
public sealed record TemplateValues(AppName App, Colour Colour, Colour Stable, TimeSpan Window, ProxyName Backend, string ServerPattern)
{
    /// <summary>The values for a move of <paramref name="app"/> to <paramref name="to"/>.</summary>
    public static TemplateValues Of(AppName app, Routing routing, Colour to, TimeSpan window) =>
        new(app, to, to.Other(), window, routing.BackendOf(to), routing.Kind == RoutingKind.Map ? ".+" : PatternOf(routing.Of(to)));

    /// <summary>The selector as a regular expression. A matcher is anchored on both ends by the source itself.</summary>
    public static string PatternOf(ServerSelector selector) =>
        selector.Servers is { } servers
            ? string.Join('|', servers.Select(s => EscapeRegex(s.Value)))
            : EscapeRegex(selector.Prefix ?? "") + ".*";

    /// <summary>A duration as MetricsQL reads it: <c>7s</c>, <c>500ms</c>.</summary>
    public static string Render(TimeSpan window) =>
        window.Ticks % TimeSpan.TicksPerSecond == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{(long)window.TotalSeconds}s")
            : string.Create(CultureInfo.InvariantCulture, $"{(long)window.TotalMilliseconds}ms");

    internal static string EscapeRegex(string text)
    {
        var escaped = new StringBuilder(text.Length + 4);
        foreach (var c in text)
        {
            if (@"\.+*?()|[]{}^$".Contains(c, StringComparison.Ordinal)) escaped.Append('\\');
            escaped.Append(c);
        }
        return escaped.ToString();
    }

    internal string Of(Placeholder placeholder) => placeholder switch
    {
        Placeholder.App => App.Value,
        Placeholder.Colour => Colour.Word(),
        Placeholder.Stable => Stable.Word(),
        Placeholder.Window => Render(Window),
        Placeholder.Backend => Backend.Value,
        Placeholder.Server => ServerPattern,
        _ => throw new ArgumentOutOfRangeException(nameof(placeholder)),
    };
}
