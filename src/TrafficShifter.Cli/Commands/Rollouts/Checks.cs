using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Rollouts;

/// <summary>How measurements are written. Four outcomes, four glyphs; not asked yet is a fifth.</summary>
internal static class Checks
{
    public static string Glyph(string? outcome) => outcome switch { "passed" => "✓", "failed" => "✕", "insufficient" => "?", "error" => "!", _ => "–" };

    public static string Word(string? outcome) => outcome switch { "insufficient" => "too little data", "error" => "could not ask", null => "not run", _ => outcome };

    public static Table Table(IEnumerable<JsonElement> measurements)
    {
        var table = new Table("CHECK", "OUTCOME", "VALUE", "STABLE", "LIMIT", "SAMPLE", "WINDOW", "AT", new Column("QUERY", Wide: true));
        foreach (var m in measurements)
        {
            var outcome = m.Find("outcome");
            table.Add(m.Find("check"), new Cell($"{Glyph(outcome)} {Word(outcome)}", outcome is "failed" ? Tone.Bad : Tone.None), m.Find("value"), m.Find("stable"), m.Find("limit"), m.Find("sample"), m.Find("window"), Shown.Clock(m.Time("at")), m.Find("query"));
        }
        return table;
    }
}
