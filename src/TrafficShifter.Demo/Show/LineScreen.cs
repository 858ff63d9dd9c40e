using System.Globalization;
using System.Text.Json.Nodes;

namespace TrafficShifter.Demo.Show;

/// <summary>The demo as lines: each decision once, and where the rollout stands every two seconds.</summary>
public sealed class LineScreen(TextWriter output, TimeProvider time) : IDemoScreen
{
    private static readonly TimeSpan StandsEvery = TimeSpan.FromSeconds(2);
    private readonly long _started = time.GetTimestamp();
    private readonly HashSet<string> _told = [];
    private long _lastStand;

    public void Begin(string title) => output.WriteLine($"\n== {title} ==");

    public void Say(string sentence) => output.WriteLine($"{Clock()}  {sentence}");

    public void Show(DemoFrame frame)
    {
        foreach (var decision in frame.Rollout["decisions"]!.AsArray().Where(d => d!["kind"]!.GetValue<string>() != "hold"))
            if (_told.Add($"{frame.Rollout["id"]} {decision!["at"]} {decision["kind"]}"))
                Say($"{decision["kind"]!.GetValue<string>().ToUpperInvariant()}  {decision["sentence"]}");
        if (_lastStand != 0 && time.GetElapsedTime(_lastStand) < StandsEvery) return;
        _lastStand = time.GetTimestamp();
        Say($"        {Stand(frame)}");
    }

    /// <summary><c>step 2/4 at 25%: held 4s of 10s | blue 812 green 45 failed 0 | error-ratio 0 (passed)</c></summary>
    public static string Stand(DemoFrame frame)
    {
        var rollout = frame.Rollout;
        var counts = frame.Now.ByColour.Select(c => string.Create(CultureInfo.InvariantCulture,
            $"{c.Key} {c.Value.Requests - (frame.Before.ByColour.GetValueOrDefault(c.Key)?.Requests ?? 0)}")).ToList();
        var failed = frame.Now.Failures - frame.Before.Failures;
        return string.Create(CultureInfo.InvariantCulture,
            $"{rollout["phase"]} step {rollout["step"]}/{rollout["steps"]} at {rollout["share"]}, held {rollout["stepElapsed"]} of {rollout["stepHold"]} | {string.Join(" ", counts)} failed {failed} | {Checks(rollout)}");
    }

    private static string Checks(JsonNode rollout) => string.Join(", ", rollout["checks"]!.AsArray().Select(check =>
        check!["last"] is { } last ? $"{check["name"]} {Number(last["value"])} ({last["outcome"]})" : $"{check["name"]} not measured yet"));

    private static string Number(JsonNode? value) => value is null ? "-" : value.GetValue<double>().ToString("0.####", CultureInfo.InvariantCulture);

    private string Clock() => time.GetElapsedTime(_started).ToString(@"mm\:ss", CultureInfo.InvariantCulture);
}
