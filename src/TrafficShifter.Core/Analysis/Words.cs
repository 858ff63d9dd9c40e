using System.Globalization;

namespace TrafficShifter.Core.Analysis;

/// <summary>Numbers and counts as sentences have them, the same in every culture.</summary>
internal static class Words
{
    /// <summary>Up to four significant digits, whole numbers in full: <c>0.0312</c>, <c>1240</c>, <c>2.5E-05</c>.</summary>
    public static string Number(double value) =>
        Math.Abs(value) is >= 1_000 and < 1e15
            ? Math.Round(value).ToString("0", CultureInfo.InvariantCulture)
            : value.ToString("G4", CultureInfo.InvariantCulture);

    public static string Count(long count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count} {noun}{(count == 1 ? "" : "s")}");

    /// <summary>The first <paramref name="most"/> of a list, and how many there are beside them.</summary>
    public static string List(IReadOnlyCollection<string> items, int most = 3) =>
        items.Count <= most
            ? string.Join(", ", items)
            : string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", items.Take(most))} and {items.Count - most} more");
}
