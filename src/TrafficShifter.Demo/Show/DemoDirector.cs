using System.Diagnostics;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Load;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Stack;
using TrafficShifter.Demo.Upstream;

namespace TrafficShifter.Demo.Show;

/// <summary>Runs the demo's two rollouts under load. What it knows of them it reads from the API and from HAProxy's sockets.</summary>
public sealed class DemoDirector(LocalStack stack, DemoApi api, LoadGenerator load, IDemoScreen screen)
{
    private const string App = "shop";
    private const double FaultRatio = 0.3;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LookClosely = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    public async Task<DemoReport> RunAsync(CancellationToken cancellationToken)
    {
        await api.PutAsync($"apps/{App}", DemoPlan.App(LocalStack.Backend), cancellationToken);
        screen.Say($"registered \"{App}\": all traffic on blue, the stable colour");

        screen.Begin("1 of 2: blue → green, a healthy canary");
        var healthy = await ActAsync(breakOnTheWay: false, cancellationToken);
        screen.Say($"green is stable now: the next rollout runs green → blue, by the same plan");

        screen.Begin("2 of 2: green → blue, and blue breaks on the way");
        var broken = await ActAsync(breakOnTheWay: true, cancellationToken);
        await stack.Upstream.SetAsync(Colour.Blue, ColourBehaviour.Healthy, cancellationToken);
        return new DemoReport(healthy, broken);
    }

    private async Task<ActReport> ActAsync(bool breakOnTheWay, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        var before = load.Snapshot();
        var started = Stopwatch.GetTimestamp();
        var request = new JsonObject { ["plan"] = DemoPlan.Plan(), ["reason"] = breakOnTheWay ? "demo: a canary that breaks" : "demo: a healthy canary" };
        var rollout = await api.PostAsync($"apps/{App}/rollouts", request, cancellationToken);
        var id = rollout["id"]!.GetValue<string>();
        Task<TimeSpan>? observed = null;
        try
        {
            while (!IsEnd(rollout))
            {
                screen.Show(new DemoFrame(rollout, load.Snapshot(), before));
                if (breakOnTheWay && observed is null && IsWellUnderWay(rollout)) observed = await BreakAsync(patience.Token);
                await Task.Delay(Look, patience.Token);
                rollout = await api.GetAsync($"rollouts/{id}", patience.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PeerException($"the rollout did not end in {Patience.TotalMinutes:0} minutes; it stands at: {rollout["sentence"]}");
        }
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        var fault = observed is null ? (TimeSpan?)null : await observed;
        var after = load.Snapshot();
        screen.Show(new DemoFrame(rollout, after, before));
        var raw = await ReadWeightsAsync(cancellationToken);
        foreach (var node in raw) screen.Say($"read back from the socket of {node}");
        return new ActReport
        {
            Outcome = Capitalised(rollout["phase"]!.GetValue<string>()),
            Reason = rollout["outcome"]?.GetValue<string>() ?? "",
            Requests = after.Requests - before.Requests,
            FailedRequests = after.Failures - before.Failures,
            FailedByColour = ActReport.Failures(before, after),
            Seconds = Math.Round(seconds, 1),
            SecondsFromFaultToObserved = fault is { } time ? Math.Round(time.TotalSeconds, 1) : null,
            Weights = raw,
        };
    }

    /// <summary>Makes the colour that is being moved to fail, and watches the sockets until all nodes are back on the stable one.</summary>
    private async Task<Task<TimeSpan>> BreakAsync(CancellationToken cancellationToken)
    {
        await stack.Upstream.SetAsync(Colour.Blue, new ColourBehaviour { ErrorRatio = FaultRatio }, cancellationToken);
        screen.Say($"now {FaultRatio:P0} of blue's answers fail");
        return WatchAsync(Stopwatch.GetTimestamp(), cancellationToken);
    }

    private async Task<TimeSpan> WatchAsync(long since, CancellationToken cancellationToken)
    {
        while (!(await ReadWeightsAsync(cancellationToken)).All(w => w.IsAllOn(Colour.Green))) await Task.Delay(LookClosely, cancellationToken);
        return Stopwatch.GetElapsedTime(since);
    }

    private async Task<IReadOnlyList<RawWeights>> ReadWeightsAsync(CancellationToken cancellationToken) =>
        await Task.WhenAll(stack.HAProxies.Select((haproxy, i) => RawWeights.ReadAsync(LocalStack.NodeName(i), haproxy, LocalStack.Backend, cancellationToken)));

    /// <summary>In the second step and measured there: the canary has passed once, and has something to lose.</summary>
    private static bool IsWellUnderWay(JsonNode rollout) =>
        rollout["phase"]!.GetValue<string>() == "progressing" && rollout["step"]!.GetValue<int>() == 2 && rollout["checks"]!.AsArray().All(c => c!["last"] is not null);

    private static bool IsEnd(JsonNode rollout) => rollout["phase"]!.GetValue<string>() is "succeeded" or "rolledBack" or "aborted";

    private static string Capitalised(string word) => char.ToUpperInvariant(word[0]) + word[1..];
}
