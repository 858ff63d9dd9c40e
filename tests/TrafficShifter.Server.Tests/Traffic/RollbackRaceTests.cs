using System.Text.Json.Nodes;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Traffic;

/// <summary>Two rollbacks that are written at the same moment.</summary>
public sealed class RollbackRaceTests : IAsyncLifetime
{
    private readonly ManualTime _time = new() { Start = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero) };
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(_time);
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Theory]
    [InlineData("/api/v1/rollback", "control/rollback")]
    [InlineData("/api/v1/apps/shop/rollback", "state/shop")]
    public async Task The_one_whose_write_comes_second_is_the_later_one(string path, string key)
    {
        var (isHeld, held) = (new TaskCompletionSource<bool>(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        _server.Store.BeforeCommit = changes => changes.Changes.Any(c => c.Key == key && c is Change.Put) && isHeld.TrySetResult(true) ? held.Task : Task.CompletedTask;
        var first = _server.PostAsync(path, """{"to":"green","reason":"held for a moment"}""");
        await Awaiting.ForAsync(isHeld.Task, "the write of the first one");
        (await _server.PostAsync("/api/v1/rollback", """{"to":"blue","reason":"between"}""")).IsSuccess.ShouldBeTrue();
        var between = (await _server.ReadAsync("control/rollback"))["id"]!.GetValue<string>();

        held.SetResult();
        var answer = await first;

        answer.IsSuccess.ShouldBeTrue(answer.Text);
        JsonNode.Parse(answer.Text)!["modifyIndex"]!.GetValue<ulong>().ShouldBeGreaterThan(0ul, answer.Text);
        var last = key == "control/rollback" ? (await _server.ReadAsync(key))["id"]!.GetValue<string>() : (await _server.ReadAsync(key))["overrideAck"]!.GetValue<string>();
        string.CompareOrdinal(last, between).ShouldBeGreaterThan(0, "agents that were given the one between must not hold on to it");
        await _server.EventuallyAsync("/api/v1/apps/shop", app => app?["blocked"]?["shift"]?.GetValue<string>().Contains("held for a moment", StringComparison.Ordinal) == true, "the later one holds");
        var all = await _server.EventuallyAsync("/api/v1/history", h => h.AsArray().Any(e => e!["reason"]?.GetValue<string>() == "held for a moment"), "the history");
        all.AsArray().Where(e => e!["kind"]!.GetValue<string>() == "fleet.rolledBack").Count(e => e!["reason"]?.GetValue<string>() == "between").ShouldBe(1);
    }
}
