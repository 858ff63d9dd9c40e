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
                var started = await callers.StartRolloutAsync(app, "release", api, Plan);
                // Whoever got no answer looks what runs, as a person does: a second one would be refused.
                running = started.Find("id") ?? (await callers.AskAnyAsync(HttpMethod.Get, $"apps/{app}/status")).Find("rollout");
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

    private static async Task<string> GoOnAsync(Callers callers, string app, string rollout, int api, string verb)
    {
        await callers.TellAsync(app, rollout, "release", api, verb);
        return rollout;
    }

    /// <summary>Two steps of a second, each after the two in which the metrics settle, and a check of what HAProxy counts.</summary>
    private static readonly object Plan = new
    {
        steps = new[] { new { share = "10%", hold = "1s" }, new { share = "50%", hold = "1s" } },
        checks = new[]
        {
            new
            {
                name = "error-ratio",
                query = "sum(increase(haproxy_server_http_responses_total{proxy=~\"{{app}}.*\",server=~\"green.*|blue.*\",code=\"5xx\"}[{{window}}])) or vector(0)",
                max = 1_000_000,
                window = "5s",
                interval = "1s",
                failuresInARow = 2,
            },
        },
    };
}
