using System.Globalization;
using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Documents;

/// <summary>Which entries of the history are wanted. What is null does not matter.</summary>
/// <param name="By">Who, to the letter: a name, or the id of a token.</param>
/// <param name="Kind">A kind, or the beginning of kinds: <c>rollout</c> is also <c>rollout.paused</c>.</param>
/// <param name="From">Not before it.</param>
/// <param name="To">Before it.</param>
public sealed record HistoryFilter(AppName? App = null, string? By = null, string? Kind = null, DateTimeOffset? From = null, DateTimeOffset? To = null, ChangeOutcome? Outcome = null)
{
    public bool Matches(HistoryEntry entry) =>
        MightMatch(entry.App, entry.Kind, entry.At) && (By is null || entry.By == By || entry.Token == By) && (Outcome is null || entry.Outcome == Outcome);

    /// <summary>Whether an entry of which only this is known is worth reading.</summary>
    public bool MightMatch(AppName? app, string kind, DateTimeOffset at) =>
        (App is null || app == App) && (Kind is null || kind == Kind || kind.StartsWith(Kind + ".", StringComparison.Ordinal)) && (From is null || at >= From) && (To is null || at < To);
}

/// <summary>The place of an entry in the history: what was written later comes first.</summary>
/// <param name="Key">Of entries that were written together, the order of their keys.</param>
public sealed record HistoryPlace(ulong Index, string Key)
{
    public static Comparer<HistoryPlace> NewestFirst { get; } = Comparer<HistoryPlace>.Create((a, b) => a.Index != b.Index ? b.Index.CompareTo(a.Index) : string.CompareOrdinal(b.Key, a.Key));

    public bool IsOlderThan(HistoryPlace other) => NewestFirst.Compare(this, other) > 0;

    /// <summary>Reads <c>123.history/shop/01…</c>; null when it is none.</summary>
    public static HistoryPlace? Find(string text) =>
        text.Split('.', 2) is [var index, var key] && ulong.TryParse(index, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && key.StartsWith(Keys.History, StringComparison.Ordinal)
            ? new HistoryPlace(number, key)
            : null;

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}.{Key}");
}
