using System.Globalization;
using System.Text.Json;
using TrafficShifter.Cli.Api;
using TrafficShifter.Cli.Output;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Cli.Commands.Rollouts;

/// <summary>A rollout at a glance, in at most 12 lines: where the traffic should be, how far the steps are, what the checks and the judge say.</summary>
internal static class RolloutBlock
{
    private const int UsualWidth = 80;
    private const int MostChecks = 5;

    public static IEnumerable<string> Draw(JsonElement rollout, string label, DateTimeOffset now, int? width)
    {
        var app = rollout.Find("app");
        var until = rollout.Time("endedAt") ?? now;
        var title = $"── {app} on {label} · {rollout.Find("plan", "name") ?? "own plan"} by {rollout.Find("startedBy")} · {(rollout.Time("startedAt") is { } began ? Shown.Time(until - began) : "-")} ";
        yield return Plain.Text(title) + new string('─', Math.Max(2, Math.Min(width ?? UsualWidth, 100) - 1 - Table.WidthOf(title)));
        yield return $" {Shown.Bar(GreenOf(rollout))}   {Shown.Phase(rollout.Find("phase"))}";
        yield return " " + string.Join(" ── ", Steps(rollout));
        foreach (var line in CheckLines(rollout)) yield return line;
        foreach (var line in JudgeLines(rollout)) yield return line;
        yield return " " + Plain.Text(rollout.Find("outcome") ?? rollout.Find("pausedReason") ?? rollout.Find("sentence") ?? "not begun yet");
    }

    /// <summary>Green's share as it is asked: the rollout's share is that of the colour being moved to.</summary>
    private static string? GreenOf(JsonElement rollout) =>
        Share.TryParse(rollout.Find("share"), CultureInfo.InvariantCulture, out var share) ? (rollout.Find("to") == "green" ? share : share.Rest).ToString() : null;

    private static IEnumerable<string> Steps(JsonElement rollout)
    {
        var (now, phase) = ((int)(rollout.Number("step") ?? 1), rollout.Find("phase"));
        foreach (var (step, number) in rollout.List("plan", "steps").Select((s, i) => (s, i + 1)))
        {
            var gate = step.Member("gate") is null ? "" : " gate";
            yield return number < now || phase is "succeeded" or "promoting" ? $"✓ {step.Find("share")}"
                : number == now && phase is not "pending" ? $"■ {step.Find("share")} {Shown.Time(rollout.Find("stepElapsed"))} of {step.Find("hold")}{gate}"
                : $"□ {step.Find("share")}{gate}";
        }
    }

    private static IEnumerable<string> CheckLines(JsonElement rollout)
    {
        var checks = rollout.List("checks").ToList();
        var shown = checks.Count > MostChecks ? checks.Take(MostChecks - 1).ToList() : checks;
        var (to, from) = rollout.Find("to") == "green" ? ("▲", "●") : ("●", "▲");
        var indent = checks.Select(c => c.Find("name")?.Length ?? 0).DefaultIfEmpty().Max();
        foreach (var check in shown)
        {
            var last = check.Member("last");
            var outcome = last?.Find("outcome");
            var value = last is { } m ? $"{from} {Number(m.Number("stable"))}   {to} {Number(m.Number("value"))}   limit {m.Find("limit")}   {(m.Number("sample") is { } sample ? $"{Number(sample)} req   " : "")}" : "";
            yield return Plain.Text($" {(check.Find("name") ?? "").PadRight(indent)}   {value}{Checks.Glyph(outcome)} {Checks.Word(outcome)}");
        }
        if (shown.Count < checks.Count) yield return $" and {checks.Count - shown.Count} more checks: shifter rollout explain {rollout.Find("app")}";
    }

    private static IEnumerable<string> JudgeLines(JsonElement rollout)
    {
        if (rollout.Find("judge", "difference", "sentence") is { } difference) yield return Plain.Text($" judge: {difference}");
        if (rollout.Find("judge", "progress") is { } progress) yield return Plain.Text($" go:    {progress}");
    }

    private static string Number(double? value) => value is { } number && double.IsFinite(number) ? number.ToString("#,0.####", CultureInfo.InvariantCulture) : "–";
}
