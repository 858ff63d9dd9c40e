using System.Diagnostics;
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
        var started = await stack.SendAsync(HttpMethod.Post, "api/v1/apps/shop/rollouts", new { plan = new { judge = new { enabled = false }, stepDeadline = "5h", deadline = "20h", steps = new[] { new { share = "10%", hold = "1h" }, new { share = "50%", hold = "1h" } } }, reason = "test" });
        started.Status.ShouldBe(201, started.Text);
        var id = System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(started.Text).GetProperty("id").GetString();
        await Eventually.SeeAsync("the first step", stack.GreenAsync, green => green != "0");
        var first = await stack.GreenAsync();
        var began = Stopwatch.GetTimestamp();

        foreach (var hours in new[] { 3, -3, 0 })
        {
            clock.Move(TimeSpan.FromHours(hours));
            await Eventually.SeeAsync($"a clock {hours} h ahead", stack.TimeAsync, time => Math.Abs((time - DateTimeOffset.UtcNow).TotalHours - hours) < 0.1);
            // It goes on acting: the sentence counts on.
            var before = await SentenceAsync(stack, id);
            await Eventually.SeeAsync("a further turn", () => SentenceAsync(stack, id), sentence => sentence != before);
            var rollout = await stack.GetAsync($"api/v1/rollouts/{id}");
            rollout.GetProperty("step").GetInt32().ShouldBe(0, rollout.ToString());
            (await stack.GreenAsync()).ShouldBe(first);
        }
        Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromHours(1));
        var shifted = await stack.SendAsync(HttpMethod.Post, "api/v1/apps/shop/rollback", new { reason = "fire" });
        shifted.Status.ShouldBe(200, shifted.Text);
        await Eventually.SeeAsync("green gone", stack.GreenAsync, green => green == "0");
    }

    private static async Task<string> SentenceAsync(SmallStack stack, string? id) => (await stack.GetAsync($"api/v1/rollouts/{id}")).GetProperty("sentence").ToString();
}
