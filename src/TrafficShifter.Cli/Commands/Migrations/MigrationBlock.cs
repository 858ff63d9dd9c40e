using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Commands.Migrations;

/// <summary>A migration in a few lines: how far it is, what holds it, and each wave.</summary>
internal static class MigrationBlock
{
    private const int BarWidth = 20;

    public static IEnumerable<string> Draw(JsonElement migration)
    {
        var (all, settled) = (migration.Number("counts", "all") ?? 0, migration.Number("counts", "settled") ?? 0);
        var filled = all > 0 ? (int)Math.Floor(settled / all * BarWidth) : 0;
        yield return $"{migration.Find("name")}  {migration.Find("phase")}  wave {migration.Find("wave")} of {migration.List("waves").Count()}  {new string('█', filled)}{new string('░', BarWidth - filled)} {MigrationCommands.Progress(migration)} apps";
        yield return $"held by: {migration.Find("heldBy") ?? "-"}";
        if (migration.Find("stopRule") is { } rule) yield return $"stops:   {rule}";
        if (migration.Find("forecast", "sentence") is { } forecast) yield return $"ends:    {forecast}";
        foreach (var wave in migration.List("waves")) yield return $"  {Mark(wave)} {wave.Find("name")}  {wave.Find("sentence")}";
    }

    private static string Mark(JsonElement wave) => wave.Find("phase") switch
    {
        "ended" => "✓",
        "moving" => "»",
        "gate" => "✋",
        "pausing" => "…",
        _ => "□",
    };
}
