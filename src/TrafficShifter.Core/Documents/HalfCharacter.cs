using System.Globalization;

namespace TrafficShifter.Core.Documents;

/// <summary>Half of a surrogate pair, written into a JSON text as <c>\ud800</c>: no text has it, and whoever reads or passes it on fails.</summary>
public static class HalfCharacter
{
    /// <summary>What is wrong with such a text, as a sentence without its subject.</summary>
    public const string Problem = "it has half of a surrogate pair in it, and no text has that";

    private const int EscapeLength = 6;

    /// <summary>Whether one is in the text. Of what is no JSON nothing is said: the parser says it.</summary>
    public static bool IsIn(string json)
    {
        for (var at = json.IndexOf('\\', StringComparison.Ordinal); at >= 0 && at + 1 < json.Length; at = json.IndexOf('\\', at))
        {
            var unit = UnitAt(json, at);
            if (unit is >= 0xdc00 and <= 0xdfff) return true;
            if (unit is >= 0xd800 and <= 0xdbff)
            {
                if (UnitAt(json, at + EscapeLength) is not (>= 0xdc00 and <= 0xdfff)) return true;
                at += EscapeLength;
            }
            at += unit is null ? 2 : EscapeLength;
            if (at >= json.Length) return false;
        }
        return false;
    }

    /// <summary>The unit that is written as <c>\uXXXX</c> here; null where none is.</summary>
    private static int? UnitAt(string json, int at) =>
        at + EscapeLength <= json.Length && json[at] == '\\' && json[at + 1] == 'u' && int.TryParse(json.AsSpan(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit) ? unit : null;
}
