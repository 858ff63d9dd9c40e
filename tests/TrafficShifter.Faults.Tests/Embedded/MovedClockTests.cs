using System.Text.Json;
using TrafficShifter.Faults.Clock;

namespace TrafficShifter.Faults.Tests.Embedded;

/// <summary>The clock of a running server is set wrong by hours.</summary>
public sealed class MovedClockTests
{
    [NeedsMovableClockFact]
    public async Task Hours_that_the_clock_jumps_are_no_hours_that_a_step_was_held()
    {
        await using var stack = await SmallStack.StartAsync(withMovableClock: true);
        var clock = FakedClock.Of(stack.DataDirectory);
        (await stack.ShiftAsync(0)).Status.ShouldBe(200);
        var started = await stack.SendAsync(HttpMethod.Post, "api/v1/apps/shop/rollouts", new { plan = Plan, reason = "test" });
        started.Status.ShouldBe(201, started.Text);
        var id = JsonSerializer.Deserialize<JsonElement>(started.Text).GetProperty("id").GetString();
        await Eventually.SeeAsync("the first step", stack.GreenAsync, green => green != "0");
        var first = await stack.GreenAsync();

        foreach (var hours in new[] { 3, -3, 0 })
        {
            clock.Move(TimeSpan.FromHours(hours));
            await Eventually.SeeAsync($"a clock {hours} h ahead", stack.TimeAsync, time => Math.Abs((time - DateTimeOffset.UtcNow).TotalHours - hours) < 0.1);
            // It goes on deciding: evidence is not believed while its clock and the metrics' are apart.
            await Eventually.SeeAsync("a word about the clocks", () => TextAsync(stack, id), text => hours == 0 || text.Contains("away from this server's", StringComparison.Ordinal));
            var rollout = await stack.GetAsync($"api/v1/rollouts/{id}");
            rollout.GetProperty("step").GetInt32().ShouldBe(1, rollout.ToString());
            (await stack.GreenAsync()).ShouldBe(first);
        }
        var shifted = await stack.SendAsync(HttpMethod.Post, "api/v1/apps/shop/rollback", new { reason = "fire" });
        shifted.Status.ShouldBe(200, shifted.Text);
        await Eventually.SeeAsync("green gone", stack.GreenAsync, green => green == "0");
    }

    private static object Plan => new
    {
        stepDeadline = "5h",
        deadline = "20h",
        steps = new[] { new { share = "10%", hold = "1h" }, new { share = "50%", hold = "1h" } },
        checks = new[] { new { name = "errors", query = "sum(increase(haproxy_server_http_responses_total{proxy=\"{{backend}}\",server=~\"{{server}}\",code=\"5xx\"}[{{window}}])) or vector(0)", max = 1, window = "3s", interval = "1s" } },
    };

    private static async Task<string> TextAsync(SmallStack stack, string? id) => (await stack.GetAsync($"api/v1/rollouts/{id}")).ToString();
}
