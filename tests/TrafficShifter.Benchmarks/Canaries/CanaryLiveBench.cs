using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Load;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Upstream;

namespace TrafficShifter.Benchmarks.Canaries;

/// <summary>What goes wrong, how it shows, and what is right then.</summary>
/// <param name="Blue">How the stable side behaves from then on.</param>
/// <param name="Green">How the candidate behaves from then on.</param>
/// <param name="RequestsPerSecond">Of both colours.</param>
/// <param name="IsBad">Every answer of the candidate is bad for its user, whatever its status: it is slow.</param>
internal sealed record CanaryCase(string App, string Name, ColourBehaviour Blue, ColourBehaviour Green, bool RollsBack, bool IsBad = false, double RequestsPerSecond = 200);

/// <param name="Seconds">From the fault to all nodes back on stable by their sockets, or the time for which nothing was rolled back.</param>
/// <param name="BadRequests">Of the candidate, from the fault until then.</param>
internal sealed record CanaryOutcome(CanaryCase Case, bool RolledBack, double Seconds, long BadRequests, string Sentence);

/// <summary>Canaries on real HAProxies under load, judged by the access log alone: what each costs the users before it is rolled back.</summary>
/// <remarks>
/// All cases run at once, each with an application and servers of its own, at 200 requests a second, the smallest fault at 600. The servers answer after 20 ms and fail once in a thousand requests; the plan is one
/// step and the judge with its defaults. There is no history, so the judge works with a young baseline: the slow case takes its bounds from the first minute.
/// </remarks>
internal static class CanaryLiveBench
{
    private const double Part = 0.2;
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(66);
    private static readonly ColourBehaviour Healthy = new() { ErrorRatio = 0.001, Latency = TimeSpan.FromMilliseconds(20) };

    private static readonly IReadOnlyList<CanaryCase> Cases =
    [
        new("failing", "100 % errors", Healthy, Healthy with { ErrorRatio = 1 }, RollsBack: true),
        new("five", "+5 points", Healthy, Healthy with { ErrorRatio = 0.051 }, RollsBack: true),
        new("one", "+1 point", Healthy, Healthy with { ErrorRatio = 0.011 }, RollsBack: true, RequestsPerSecond: 600),
        new("slow", "latency doubled", Healthy, Healthy with { Latency = TimeSpan.FromMilliseconds(40) }, RollsBack: true, IsBad: true),
        new("refusing", "connections refused", Healthy, Healthy with { Refuse = true }, RollsBack: true),
        new("outage", "both sides fail", Healthy with { ErrorRatio = 0.3 }, Healthy with { ErrorRatio = 0.3 }, RollsBack: false),
        new("healthy", "nothing is wrong", Healthy, Healthy, RollsBack: false),
    ];

    public static async Task<int> RunAsync(bool quick, CancellationToken cancellationToken)
    {
        var patience = TimeSpan.FromSeconds(quick ? 30 : 180);
        await using var stack = await CanaryStack.StartAsync([.. Cases.Select(c => c.App)], cancellationToken);
        AnsiConsole.MarkupLine($"[bold]canary-live[/]: {Cases.Count} applications, 20 % on the candidate; healthy for {Warm.TotalSeconds:0} s, then the fault");
        var outcomes = await Task.WhenAll(Cases.Select(c => RunAsync(stack, c, patience, cancellationToken)));
        Print(outcomes);
        return outcomes.All(o => o.RolledBack == o.Case.RollsBack) ? 0 : 1;
    }

    private static async Task<CanaryOutcome> RunAsync(CanaryStack stack, CanaryCase canary, TimeSpan patience, CancellationToken cancellationToken)
    {
        var upstream = stack.UpstreamOf(canary.App);
        foreach (var colour in new[] { Colour.Blue, Colour.Green }) await upstream.SetAsync(colour, Healthy, cancellationToken);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var load = new LoadGenerator(stack.LoadOf(canary.App, canary.RequestsPerSecond));
        var running = load.RunAsync(stop.Token);
        var plan = JsonNode.Parse("""{ "steps": [{ "share": "20%", "hold": "20m" }], "judge": {} }""");
        var started = await stack.Api.PostAsync($"apps/{canary.App}/rollouts", new JsonObject { ["plan"] = plan }, cancellationToken);
        var id = started["id"]!.GetValue<string>();
        var isWarm = await UntilAsync(async () => (await stack.Api.GetAsync($"rollouts/{id}", cancellationToken))["judge"]?["candidate"]?["requests"]?.GetValue<long>() > canary.RequestsPerSecond * Part * Warm.TotalSeconds, TimeSpan.FromMinutes(3), cancellationToken);
        if (!isWarm) throw new PeerException($"{canary.Name}: the judge has not seen enough of a healthy candidate: {(await stack.Api.GetAsync($"rollouts/{id}", cancellationToken))["sentence"]}");

        var before = load.Snapshot();
        await upstream.SetAsync(Colour.Blue, canary.Blue, cancellationToken);
        await upstream.SetAsync(Colour.Green, canary.Green, cancellationToken);
        var fault = Stopwatch.GetTimestamp();
        var back = await UntilAsync(() => stack.IsBackAsync(canary.App, cancellationToken), patience, cancellationToken);
        var took = Stopwatch.GetElapsedTime(fault);
        await stop.CancelAsync();
        var after = await running;
        var rollout = await stack.Api.GetAsync($"rollouts/{id}", cancellationToken);
        return new CanaryOutcome(canary, back, Math.Round(took.TotalSeconds, 1), Bad(after, canary) - Bad(before, canary), rollout["outcome"]?.GetValue<string>() ?? rollout["sentence"]!.GetValue<string>());
    }

    /// <summary>The candidate's; what HAProxy answered itself names no colour, and counts as the candidate's where only that one fails.</summary>
    private static long Bad(LoadReport report, CanaryCase canary)
    {
        var green = report.Of(Colour.Green);
        return (canary.IsBad ? green.Requests : green.Failures) + (canary.RollsBack ? report.ByColour[LoadReport.NoColour].Failures : 0);
    }

    private static async Task<bool> UntilAsync(Func<Task<bool>> expected, TimeSpan patience, CancellationToken cancellationToken)
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < patience; await Task.Delay(TimeSpan.FromMilliseconds(50), cancellationToken))
            if (await expected()) return true;
        return false;
    }

    private static void Print(IReadOnlyList<CanaryOutcome> outcomes)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("what is wrong", "requests/s", "rolled back", "s", "bad requests", "why");
        foreach (var o in outcomes) table.AddRow(o.Case.Name, $"{o.Case.RequestsPerSecond}", o.RolledBack ? "yes" : "no", $"{o.Seconds}", $"{o.BadRequests}", Markup.Escape(o.Sentence));
        AnsiConsole.Write(table);
        var cases = new JsonArray([.. outcomes.Select(o => (JsonNode)new JsonObject { ["name"] = o.Case.Name, ["rolledBack"] = o.RolledBack, ["seconds"] = o.Seconds, ["badRequests"] = o.BadRequests })]);
        Console.Out.WriteLine(new JsonObject { ["cases"] = cases }.ToJsonString(new JsonSerializerOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }
}
