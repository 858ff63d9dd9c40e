using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace TrafficShifter.Demo.Show;

/// <summary>The demo as a picture that is drawn anew: steps, split, requests by colour, check values, the latest sentences.</summary>
public sealed class LiveScreen(LiveDisplayContext display, TimeProvider time) : IDemoScreen
{
    private const int KeptSentences = 8;
    private readonly long _started = time.GetTimestamp();
    private readonly Queue<string> _sentences = new();
    private readonly HashSet<string> _told = [];
    private string _title = "";
    private DemoFrame? _frame;

    public void Begin(string title)
    {
        _title = title;
        Say(title);
    }

    public void Say(string sentence)
    {
        _sentences.Enqueue($"[grey]{time.GetElapsedTime(_started):mm\\:ss}[/]  {Markup.Escape(sentence)}");
        while (_sentences.Count > KeptSentences) _sentences.Dequeue();
        Draw();
    }

    public void Show(DemoFrame frame)
    {
        _frame = frame;
        foreach (var decision in frame.Rollout["decisions"]!.AsArray().Where(d => d!["kind"]!.GetValue<string>() != "hold"))
            if (_told.Add($"{frame.Rollout["id"]} {decision!["at"]} {decision["kind"]}"))
                Say($"{decision["kind"]!.GetValue<string>().ToUpperInvariant()} {decision["sentence"]}");
        Draw();
    }

    private void Draw()
    {
        var rows = new List<IRenderable> { new Rule($"[bold]{Markup.Escape(_title)}[/]").LeftJustified() };
        if (_frame is { } frame) rows.AddRange([Steps(frame.Rollout), Split(frame.Rollout), Requests(frame), Checks(frame.Rollout), new Markup($"[bold]{Markup.Escape(frame.Rollout["sentence"]?.ToString() ?? "")}[/]")]);
        rows.Add(new Rule());
        rows.AddRange(_sentences.Select(s => new Markup(s)));
        display.UpdateTarget(new Rows(rows));
    }

    private static Markup Steps(JsonNode rollout)
    {
        var now = rollout["step"]!.GetValue<int>();
        var steps = rollout["plan"]!["steps"]!.AsArray().Select((step, i) => (i + 1).CompareTo(now) switch
        {
            < 0 => $"[green]✔ {step!["share"]}[/]",
            0 => $"[bold]▶ {step!["share"]} {rollout["stepElapsed"]} of {step["hold"]}[/]",
            _ => $"[grey]· {step!["share"]}[/]",
        });
        return new Markup($"steps    {string.Join("   ", steps)}   [bold]{rollout["phase"]}[/]");
    }

    private static BreakdownChart Split(JsonNode rollout)
    {
        var to = rollout["to"]!.GetValue<string>();
        var share = double.Parse(rollout["share"]!.GetValue<string>().TrimEnd('%'), CultureInfo.InvariantCulture);
        var (green, blue) = to == "green" ? (share, 100 - share) : (100 - share, share);
        return new BreakdownChart().Width(60).ShowPercentage().AddItem("blue", blue, Color.Blue).AddItem("green", green, Color.Green);
    }

    private static Table Requests(DemoFrame frame)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("answered by", "requests", "failed");
        foreach (var (colour, counts) in frame.Now.ByColour)
        {
            var before = frame.Before.ByColour.GetValueOrDefault(colour);
            var failed = counts.Failures - (before?.Failures ?? 0);
            table.AddRow(colour, $"{counts.Requests - (before?.Requests ?? 0)}", failed > 0 ? $"[red]{failed}[/]" : "0");
        }
        return table;
    }

    private static Table Checks(JsonNode rollout)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("check", "outcome", "value", "limit", "failures in a row");
        foreach (var check in rollout["checks"]!.AsArray())
        {
            var last = check!["last"];
            var outcome = last?["outcome"]?.ToString() ?? "not yet";
            var colour = outcome switch { "passed" => "green", "failed" => "red", _ => "grey" };
            var value = last?["value"]?.GetValue<double>().ToString("0.####", CultureInfo.InvariantCulture) ?? "-";
            table.AddRow(Markup.Escape(check["name"]!.ToString()), $"[{colour}]{outcome}[/]", value, Markup.Escape(last?["limit"]?.ToString() ?? ""), check["failures"]!.ToString());
        }
        return table;
    }
}
