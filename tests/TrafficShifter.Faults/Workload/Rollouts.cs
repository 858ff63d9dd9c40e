using TrafficShifter.Core.Traffic;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Workload;

/// <summary>Keeps a rollout going on each application of the controller, from one colour to the other and back.</summary>
/// <remarks>One that was paused (somebody else shifted, or the metrics are away) is resumed or aborted, as the seed says.</remarks>
internal sealed class Rollouts : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _running;

    public Rollouts(Callers callers, int seed)
    {
        TestedApp[] apps = [TestedApp.Roll, TestedApp.Tide, TestedApp.Fought];
        _running = [.. apps.Select((app, i) => Task.Run(() => DriveAsync(callers, app.Name, new Random(seed + i))))];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        _stop.Dispose();
    }

    private async Task DriveAsync(Callers callers, string app, Random random)
    {
        string? running = null;
        for (var turn = 0; !_stop.IsCancellationRequested; turn++)
        {
            var api = random.Next(2);
            if (running is null)
            {
                running = await BeginAsync(callers, app, api);
            }
            else
            {
                var seen = await callers.AskAsync(api, HttpMethod.Get, $"rollouts/{running}");
                running = seen.Find("phase") switch
                {
                    "succeeded" or "aborted" or "rolledBack" => null,
                    "paused" => await GoOnAsync(callers, app, running, api, random.Next(3) == 0 ? "abort" : "resume"),
                    _ => seen.Status == 404 ? null : running,
                };
            }
            await Task.Delay(Pause, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Starts one; where it is refused because somebody else shifted or rolled back, all goes to the stable colour and the lock away first, and where it is not known, what runs is looked up: a second one would be refused.</summary>
    private static async Task<string?> BeginAsync(Callers callers, string app, int api)
    {
        if ((await callers.StartRolloutAsync(app, "release", api, Plan)).Find("id") is { } id) return id;
        var status = await callers.AskAnyAsync(HttpMethod.Get, $"apps/{app}/status");
        if (status.Find("rollout") is { } running) return running;
        if (status.Find("stable") is not { } stable) return null;
        var shifted = await callers.ShiftAsync(app, "release", api, Weights.AllOn(stable == "green" ? Colour.Green : Colour.Blue));
        if (shifted.IsLocked) await callers.UnlockAsync(app, "release");
        return null;
    }

    private static async Task<string> GoOnAsync(Callers callers, string app, string rollout, int api, string verb)
    {
        await callers.TellAsync(app, rollout, "release", api, verb);
        return rollout;
    }

    /// <summary>Two steps, and a check that needs VictoriaMetrics and lets everything pass.</summary>
    private static readonly object Plan = new
    {
        steps = new[] { new { share = "10%", hold = "2s" }, new { share = "50%", hold = "2s" } },
        checks = new[]
        {
            new
            {
                name = "errors",
                query = "sum(increase(haproxy_server_http_responses_total{proxy=\"{{backend}}\",server=~\"{{server}}\",code=\"5xx\"}[{{window}}]))",
                max = 1_000_000,
                window = "2s",
                interval = "1s",
                failuresInARow = 2,
            },
        },
    };
}
