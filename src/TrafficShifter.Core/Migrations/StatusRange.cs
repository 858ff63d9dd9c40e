using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Migrations;

/// <summary>HTTP statuses from one to another, both included: <c>200</c>, <c>200-299</c>; 100 to 599.</summary>
[JsonConverter(typeof(ParsableJsonConverter<StatusRange>))]
public sealed record StatusRange : IParsable<StatusRange>
{
    private StatusRange(int from, int to) => (From, To) = (from, to);

    public int From { get; }

    public int To { get; }

    public bool Contains(int status) => status >= From && status <= To;

    /// <exception cref="FormatException">Not a range of statuses; the message shows the form that is.</exception>
    public static StatusRange Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var range) ? range : throw new FormatException($"\"{s}\" is not a status like \"200\" or a range like \"200-299\", of 100 to 599");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, [MaybeNullWhen(false)] out StatusRange result)
    {
        var ends = (s ?? "").Split('-');
        result = ends.Length <= 2 && TryRead(ends[0], out var from) && TryRead(ends[^1], out var to) && from <= to ? new StatusRange(from, to) : null;
        return result is not null;
    }

    public override string ToString() => From == To ? string.Create(CultureInfo.InvariantCulture, $"{From}") : string.Create(CultureInfo.InvariantCulture, $"{From}-{To}");

    private static bool TryRead(string text, out int status) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out status) && status is >= 100 and <= 599;
}
