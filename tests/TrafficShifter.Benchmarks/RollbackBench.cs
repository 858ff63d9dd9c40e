using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Spectre.Console;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks;

/// <summary>From a failed verdict, or from an emergency call being sent, to all nodes read back on stable; in parts, next to the floor in the same run.</summary>
/// <remarks>
/// The floor is one raw transaction to Consul and one raw Runtime API command. What the parts are is told by the servers' own logs. Automatic rollbacks
/// run on several applications at a time, because each takes seconds to get to its verdict; calls and floors take turns.
/// </remarks>
internal static class RollbackBench
{
    private const int Parallel = 8;
    private const string Called = "called";

    public static async Task<int> RunAsync(bool quick, CancellationToken cancellationToken)
    {
        var (calls, rounds) = quick ? (100, 5) : (400, 25);
        var apps = Enumerable.Range(1, Parallel).Select(n => $"app{n}").ToList();
        await using var stack = await RollbackStack.StartAsync([Called, .. apps], cancellationToken);
        var (floor, callFloor) = (new Percentiles(), new Percentiles());
        var called = new List<RollbackSample>();
        for (var turn = 0; turn < calls + 10; turn++)
        {
            var sample = await CallAsync(stack, cancellationToken);
            var took = await stack.Raw.RollBackAsync(turn, cancellationToken);
            if (turn < 10) continue;
            called.Add(sample);
            callFloor.Add(took);
        }

        var automatic = new ConcurrentQueue<RollbackSample>();
        using var gate = new SemaphoreSlim(1);
        await Task.WhenAll(apps.Select(async app =>
        {
            for (var round = 0; round <= rounds; round++)
            {
                var sample = await FailAsync(stack, app, cancellationToken);
                await gate.WaitAsync(cancellationToken);
                if (round > 0) floor.Add(await stack.Raw.RollBackAsync(round, cancellationToken));
                gate.Release();
                if (round > 0) automatic.Enqueue(sample);
            }
        }));
        Print([.. automatic], called, floor, callFloor);
        return 0;
    }

    /// <summary>A canary at 50 % is called back by a person.</summary>
    private static async Task<RollbackSample> CallAsync(RollbackStack stack, CancellationToken cancellationToken)
    {
        await stack.Api.PutAsync($"apps/{Called}/weights?wait=10s", new JsonObject { ["blue"] = 50, ["green"] = 50 }, cancellationToken);
        var sent = DateTimeOffset.UtcNow;
        var answer = await stack.Api.PostAsync($"apps/{Called}/rollback?wait=10s", new JsonObject { ["reason"] = "a bench" }, cancellationToken);
        if (answer["nodes"]!.AsArray().Any(n => n!["progress"]!.GetValue<string>() != "observed")) throw new PeerException($"a rollback was not observed: {answer}");
        var sample = await stack.FollowAsync(Called, answer["modifyIndex"]!.GetValue<ulong>(), sent, answer["lock"]!["at"]!.GetValue<DateTimeOffset>(), cancellationToken);
        await stack.Api.PostAsync($"apps/{Called}/unlock", new JsonObject { ["reason"] = "the next turn" }, cancellationToken);
        return sample;
    }

    /// <summary>A rollout whose check fails as soon as it is asked.</summary>
    private static async Task<RollbackSample> FailAsync(RollbackStack stack, string app, CancellationToken cancellationToken)
    {
        var plan = JsonNode.Parse("""
            { "steps": [{ "share": "50%", "hold": "10s" }],
              "checks": [{ "name": "fails", "query": "vector(1)", "max": 0.5, "window": "1s", "interval": "1s", "failuresInARow": 1 }] }
            """);
        var started = await stack.Api.PostAsync($"apps/{app}/rollouts", new JsonObject { ["plan"] = plan }, cancellationToken);
        var id = started["id"]!.GetValue<string>();
        var rollout = started;
        for (var began = Stopwatch.GetTimestamp(); rollout["phase"]!.GetValue<string>() is not "rolledBack"; rollout = await stack.Api.GetAsync($"rollouts/{id}", cancellationToken))
        {
            if (Stopwatch.GetElapsedTime(began) > TimeSpan.FromSeconds(60)) throw new PeerException($"a rollout whose check fails was not rolled back: {rollout}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken);
        }
        var weights = await stack.Api.GetAsync($"apps/{app}/weights", cancellationToken);
        var measurements = await stack.Api.GetAsync($"rollouts/{id}/measurements", cancellationToken);
        var verdict = measurements.AsArray().Last(m => m!["outcome"]!.GetValue<string>() == "failed")!["at"]!.GetValue<DateTimeOffset>();
        return await stack.FollowAsync(app, weights["modifyIndex"]!.GetValue<ulong>(), verdict, weights["at"]!.GetValue<DateTimeOffset>(), cancellationToken);
    }

    private static void Print(IReadOnlyList<RollbackSample> automatic, List<RollbackSample> called, Percentiles floor, Percentiles callFloor)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("ms", "after a failed check, p50", "p99", "after a call, p50", "p99");
        Row("in all, to the last node", s => s.Total);
        foreach (var (words, _, part) in Parts) Row(words, part);
        table.AddRow("floor", $"{floor.P50}", $"{floor.P99}", $"{callFloor.P50}", $"{callFloor.P99}");
        AnsiConsole.MarkupLine($"[bold]rollback[/]: {automatic.Count} by checks, {called.Count} by call; two HAProxies, each with its agent");
        AnsiConsole.Write(table);
        var result = Figures(automatic, floor);
        result["call"] = Figures(called, callFloor);
        Console.Out.WriteLine(result.ToJsonString(JsonSerializerOptions.Default));

        void Row(string words, Func<RollbackSample, double> part)
        {
            var (a, c) = (Percentiles.Of(automatic.Select(part)), Percentiles.Of(called.Select(part)));
            table.AddRow(words, $"{a.P50}", $"{a.P99}", $"{c.P50}", $"{c.P99}");
        }
    }

    private static readonly (string Words, string Name, Func<RollbackSample, double> Part)[] Parts =
    [
        ("verdict or call → decision", "decide", s => s.Deciding),
        ("→ Consul has written it", "commit", s => s.Committing),
        ("→ the agents have heard", "hear", s => s.Hearing),
        ("→ HAProxy read back", "apply", s => s.Applying),
    ];

    private static JsonObject Figures(IReadOnlyList<RollbackSample> samples, Percentiles floor)
    {
        var all = Percentiles.Of(samples.Select(s => s.Total));
        var parts = new JsonObject();
        foreach (var (_, name, part) in Parts)
        {
            var figures = Percentiles.Of(samples.Select(part));
            parts[name] = new JsonObject { ["p50Ms"] = figures.P50, ["p99Ms"] = figures.P99 };
        }
        return new JsonObject
        {
            ["p50Ms"] = all.P50, ["p99Ms"] = all.P99, ["floorP50Ms"] = floor.P50, ["floorP99Ms"] = floor.P99,
            ["p50Ratio"] = Math.Round(all.P50 / floor.P50, 2), ["p99Ratio"] = Math.Round(all.P99 / floor.P99, 2), ["samples"] = samples.Count, ["parts"] = parts,
        };
    }
}
