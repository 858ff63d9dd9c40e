using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Events;

/// <summary>Where an event stands among all events: <c>1234-1</c>, the index of its transaction and its number in it, from 1.</summary>
/// <remarks>It is the same on every replica and for ever: an outbox entry is written once.</remarks>
[JsonConverter(typeof(ParsableJsonConverter<EventPosition>))]
public readonly record struct EventPosition(ulong Index, int Number) : IComparable<EventPosition>, IParsable<EventPosition>
{
    public static readonly EventPosition Start = new(0, 0);

    /// <summary>After everything that <paramref name="index"/> and what is before it wrote.</summary>
    public static EventPosition After(ulong index) => new(index, int.MaxValue);

    public static bool operator <(EventPosition left, EventPosition right) => left.CompareTo(right) < 0;

    public static bool operator >(EventPosition left, EventPosition right) => left.CompareTo(right) > 0;

    public static bool operator <=(EventPosition left, EventPosition right) => left.CompareTo(right) <= 0;

    public static bool operator >=(EventPosition left, EventPosition right) => left.CompareTo(right) >= 0;

    public int CompareTo(EventPosition other) => Index != other.Index ? Index.CompareTo(other.Index) : Number.CompareTo(other.Number);

    /// <exception cref="FormatException">Not a position.</exception>
    public static EventPosition Parse(string s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var position) ? position : throw new FormatException($"\"{s}\" is not the id of an event, like 1234-1");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out EventPosition result)
    {
        result = default;
        var dash = s?.IndexOf('-', StringComparison.Ordinal) ?? -1;
        if (dash < 0 || !ulong.TryParse(s.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out var index) || !int.TryParse(s.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        result = new EventPosition(index, number);
        return true;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}-{Number}");
}
