using System.Text.Json;
using TrafficShifter.Demo.Peers;
using TrafficShifter.EndToEnd.Tests.Stack;
using TrafficShifter.Testing;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>Two controllers and a real receiver: each transition is told under one delivery id, whoever of them dies when.</summary>
[Trait("HAProxy", "any")]
public sealed class DeliveriesTests : IAsyncLifetime
{
    private Receiver _receiver = null!;
    private ShiftingStack _stack = null!;
    private ServerProcess _other = null!;

    public async Task InitializeAsync()
    {
        _receiver = await Receiver.StartAsync();
        var settings = new Dictionary<string, string>
        {
            ["Egress:Networks"] = "127.0.0.0/8",
            ["Events:Sinks:0:Name"] = "ops",
            ["Events:Sinks:0:Url"] = FormattableString.Invariant($"http://127.0.0.1:{_receiver.Port}/"),
        };
        _stack = await ShiftingStack.StartAsync(new StackSetup { Backends = [new("killed"), new("stopped")], Settings = settings });
        await Eventually.SeeAsync("the stack's own server leads", () => Task.FromResult(_stack.Server.Output.Contains("This process leads", StringComparison.Ordinal)));
        await Eventually.SeeAsync("the sink has begun", async () => (await _stack.Api.SendAsync(HttpMethod.Get, "sinks")).Body.GetArrayLength() == 1);
        _other = await _stack.StartServerAsync(new ServerSetup { Name = "second server", Roles = "api,controller", Settings = settings });
    }

    public async Task DisposeAsync()
    {
        await _other.DisposeAsync();
        await _stack.DisposeAsync();
        await _receiver.DisposeAsync();
    }

    [Fact]
    public async Task A_leader_that_is_killed_between_sending_and_noting_is_followed_by_one_that_sends_the_same_delivery()
    {
        // The receiver has the event and does not answer until its sender is dead.
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var got = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _receiver.Answer = async http =>
        {
            if (_receiver.Received[^1].Body.Contains("rollout.advanced", StringComparison.Ordinal) && got.TrySetResult()) await killed.Task;
            http.Response.StatusCode = 204;
        };
        await using var load = _stack.Load("killed");
        var started = await _stack.Api.StartRolloutAsync("killed", Plans.Of(10, 50));
        started.Status.ShouldBe(201, started.ToString());

        await Awaiting.ForAsync(got.Task, "the receiver hears of the second step");
        await _stack.Server.KillAsync();
        killed.SetResult();

        var twice = await EndAsync("killed", started.Text("id"));
        twice.ShouldHaveSingleItem().ShouldBe("rollout.advanced");
    }

    [Fact]
    public async Task A_leader_that_is_stopped_leaves_nothing_to_be_sent_again()
    {
        await using var load = _stack.Load("stopped");
        var started = await _stack.Api.StartRolloutAsync("stopped", Plans.Of(10, 50));
        started.Status.ShouldBe(201, started.ToString());
        await Eventually.SeeAsync("the first step is told", () => Task.FromResult(_receiver.Received.Any(r => r.Body.Contains("rollout.started", StringComparison.Ordinal))));

        await _stack.Server.StopAsync();

        (await EndAsync("stopped", started.Text("id"))).ShouldBeEmpty();
    }

    /// <summary>Waits for the rollout's end to be told; the deliveries are those of the history, in its order.</summary>
    /// <returns>The kinds of the events that were sent more than once.</returns>
    private async Task<IReadOnlyList<string>> EndAsync(string app, string rollout)
    {
        using var api = new Api(_other.Address, _stack.Token);
        await Eventually.SeeAsync("the rollout succeeds", () => api.RolloutAsync(rollout), r => r.Text("phase") == "succeeded");
        await Eventually.SeeAsync("its end is told", () => Task.FromResult(_receiver.Received.Any(r => r.Body.Contains("rollout.succeeded", StringComparison.Ordinal))));
        var history = (await api.HistoryAsync(app)).Where(h => h.TryGetProperty("rollout", out var of) && of.GetString() == rollout).Select(h => h.GetProperty("id").GetString());
        var told = _receiver.Received.Where(r => r.Body.Contains(rollout, StringComparison.Ordinal)).ToList();
        told.Select(r => r.Delivery).Distinct().ShouldBe(history.Select(id => $"{app}/{id}/ops"));
        return [.. told.GroupBy(r => r.Delivery).Where(d => d.Count() > 1).Select(d => JsonSerializer.Deserialize<JsonElement>(d.First().Body).GetProperty("event").GetProperty("kind").GetString()!)];
    }
}
