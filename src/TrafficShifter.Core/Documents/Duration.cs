using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace TrafficShifter.Core.Documents;

/// <summary>Durations as people write them: <c>30s</c>, <c>2m</c>, <c>1h30m</c>, <c>500ms</c>. Up to 365 days, never negative.</summary>
public static class Duration
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("d", TimeSpan.FromDays(1)), ("h", TimeSpan.FromHours(1)), ("m", TimeSpan.FromMinutes(1)),
        ("s", TimeSpan.FromSeconds(1)), ("ms", TimeSpan.FromMilliseconds(1)),
    ];

    public static readonly TimeSpan Max = TimeSpan.FromDays(365);

    /// <exception cref="FormatException">Not a duration; the message shows the form that is.</exception>
    public static TimeSpan Parse(string text) =>
        TryParse(text, out var value) ? value : throw new FormatException($"\"{text}\" is not a duration like \"30s\", \"2m\" or \"1h30m\"");

    public static bool TryParse(string? text, out TimeSpan value)
    {
        value = TimeSpan.Zero;
        if (string.IsNullOrEmpty(text) || text.Length > 32) return false;
        var position = 0;
        var nextUnit = 0;
        while (position < text.Length)
        {
            var digits = position;
            while (digits < text.Length && char.IsAsciiDigit(text[digits])) digits++;
            if (!long.TryParse(text.AsSpan(position, digits - position), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
            var letters = digits;
            while (letters < text.Length && char.IsAsciiLetterLower(text[letters])) letters++;
            var unit = Array.FindIndex(Units, nextUnit, u => text.AsSpan(digits, letters - digits).SequenceEqual(u.Unit));
            if (unit < 0 || number > Max / Units[unit].Length) return false;
            value += number * Units[unit].Length;
            nextUnit = unit + 1;
            position = letters;
        }
        return value <= Max;
    }

    public static string Format(TimeSpan value)
    {
        if (value < TimeSpan.FromMilliseconds(1)) return "0s";
        var text = new StringBuilder();
        foreach (var (unit, length) in Units)
        {
            var count = (long)(value / length);
            if (unit == "ms") count = value.Ticks / TimeSpan.TicksPerMillisecond;
            if (count == 0) continue;
            text.Append(CultureInfo.InvariantCulture, $"{count}{unit}");
            value -= count * length;
        }
        return text.ToString();
    }
}

/// <summary>Reads and writes a <see cref="TimeSpan"/> in the form of <see cref="Duration"/>.</summary>
public sealed class DurationJsonConverter : JsonConverter<TimeSpan>
{
    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var text = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
        return Duration.TryParse(text, out var value)
            ? value
            : throw new JsonException($"expected a duration like \"30s\", \"2m\" or \"1h30m\", found {text ?? reader.TokenType.ToString()}");
    }

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteStringValue(Duration.Format(value));
}
