using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Rollouts;

/// <summary>How decisions are written: glyph, word, and the sentence that the server gave.</summary>
internal static class Decisions
{
    /// <summary><c>→ Advance  1 % → 10 %: …</c>.</summary>
    public static string Line(JsonElement decision) => $"{Glyph(decision.Find("kind"))} {Word(decision.Find("kind")),-9} {Plain.Text(decision.Find("sentence") ?? "")}";

    public static string Word(string? kind) => kind switch
    {
        "rollBack" => "Roll back",
        { Length: > 0 } => char.ToUpperInvariant(kind[0]) + kind[1..],
        _ => "-",
    };

    public static Tone ToneOf(string? kind) => kind switch
    {
        "rollBack" or "abort" or "reject" => Tone.Bad,
        "hold" or "pause" or "ask" => Tone.Waits,
        _ => Tone.None,
    };

    private static string Glyph(string? kind) => kind switch
    {
        "start" or "advance" => "→",
        "hold" => "⧗",
        "pause" => "‖",
        "resume" => "»",
        "promote" => "★",
        "ask" => "✋",
        "approve" => "✓",
        "rollBack" or "abort" or "reject" => "↩",
        "finish" => "■",
        _ => "·",
    };
}
