using System.Text.Json.Nodes;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Traffic;

/// <summary>What an agent tells the store of a rollback that it was given past it: its own word, under its own node.</summary>
public sealed class OverrideReportTests : IAsyncLifetime
{
    private readonly ManualTime _time = new() { Start = new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero) };
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync(_time);
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_rollback_past_the_store_is_recorded_as_the_node_reports_it()
    {
        _server.Store.GoAway();
        var asked = _server.PostAsync("/api/v1/apps/shop/rollback", """{"to":"green","reason":"drill"}""");
        await _server.EventuallyAsync(() => asked.IsCompleted, "the answer of the agents");
        (await asked).IsSuccess.ShouldBeTrue((await asked).Text);
        _server.Store.ComeBack();

        var history = await _server.EventuallyAsync("/api/v1/history?app=shop&limit=1", h => h.AsArray().Count > 0 && h[0]!["kind"]!.GetValue<string>() == "app.rolledBack", "the override recorded");

        (history[0]!["by"]!.GetValue<string>(), history[0]!["sentence"]!.GetValue<string>()).ShouldBe(
            ("admin", "emergency rollback given to the agents while the store was away, recorded now: all traffic locked to green by admin, as the agent of hap1 reports"));
        (await _server.Store.ListAsync("overrides/", CancellationToken.None)).Entries.ShouldHaveSingleItem().Key.ShouldStartWith("overrides/hap1/");
    }

    [Fact]
    public async Task A_store_that_answers_nothing_does_not_hold_up_a_rollback()
    {
        _server.Store.Hangs = _ => true;

        var told = JsonNode.Parse((await RollBackAsync("green")).Text)!;

        told["rescue"]![0]!["observed"]!.GetValue<int>().ShouldBe(1);
    }

    [Fact]
    public async Task A_rollback_that_was_recorded_as_agents_report_it_is_not_written_again_when_its_own_write_comes_late()
    {
        var (held, isHeld) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), 0);
        var (late, isReadAgain) = ((ChangeSet?)null, false);
        _server.Store.BeforeCommit = changes =>
        {
            if (!changes.Changes.Any(c => c.Key == "state/shop") || Interlocked.Exchange(ref isHeld, 1) == 1) return Task.CompletedTask;
            late = changes;
            return held.Task;
        };
        var told = JsonNode.Parse((await RollBackAsync("green")).Text)!;
        told["modifyIndex"]!.GetValue<ulong>().ShouldBe(0ul, "the store did not answer in time, the agents have it");
        await _server.EventuallyAsync("/api/v1/history?app=shop", h => h.AsArray().Any(e => e!["sentence"]!.GetValue<string>().Contains("recorded now", StringComparison.Ordinal)), "the override recorded");

        _server.Store.AfterCommit = changes =>
        {
            if (ReferenceEquals(changes, late)) _server.Store.Hangs = key => (isReadAgain |= key == "state/shop") && false;
        };
        held.SetResult();
        await _server.EventuallyAsync(() => isReadAgain, "what is there now is read, because the write lost its race");
        await _server.PostAsync("/api/v1/apps/shop/rollback", """{"to":"blue","reason":"after it"}""");

        var history = await _server.EventuallyAsync("/api/v1/history?app=shop", h => h.AsArray().Any(e => e!["reason"]?.GetValue<string>() == "after it"), "the one after it");
        history.AsArray().Count(e => e!["reason"]?.GetValue<string>() == "drill").ShouldBe(1);
        (await _server.ReadAsync("state/shop"))["lock"]!["to"]!.GetValue<string>().ShouldBe("blue");
    }

    [Fact]
    public async Task A_rollback_of_all_that_the_store_held_back_does_not_undo_a_later_one()
    {
        var (held, isHeld, late, isReadAgain) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), 0, (ChangeSet?)null, false);
        _server.Store.BeforeCommit = changes =>
        {
            if (!changes.Changes.Any(c => c.Key == "control/rollback" && c is not Change.Unchanged) || Interlocked.Exchange(ref isHeld, 1) == 1) return Task.CompletedTask;
            late = changes;
            return held.Task;
        };
        var first = _server.PostAsync("/api/v1/rollback", """{"to":"green","reason":"held back"}""");
        await _server.EventuallyAsync(() => first.IsCompleted, "the agents have it, past the store");
        var second = _server.PostAsync("/api/v1/rollback", """{"to":"blue","reason":"after it"}""");
        await _server.EventuallyAsync(() => second.IsCompleted, "the later one is in the store");
        (await second).Text.ShouldContain("\"reason\":\"after it\"");

        _server.Store.AfterCommit = changes =>
        {
            if (ReferenceEquals(changes, late)) _server.Store.Hangs = key => (isReadAgain |= key == "control/rollback") && false;
        };
        held.SetResult();

        await _server.EventuallyAsync(() => isReadAgain, "what is there now is read, because the write lost its race");
        await _server.EventuallyAsync("/api/v1/history?app=shop", h => h.AsArray().Any(e => e!["reason"]?.GetValue<string>() == "after it"), "the sweep of the later one");
        (await _server.ReadAsync("control/rollback"))["reason"]!.GetValue<string>().ShouldBe("after it");
        (await _server.ReadAsync("state/shop"))["lock"]!["to"]!.GetValue<string>().ShouldBe("blue");
    }

    [Fact]
    public async Task A_rollback_of_one_that_the_store_held_back_does_not_undo_a_later_one_of_all()
    {
        var (held, others, late) = (new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously), (ChangeSet?)null);
        _server.Store.BeforeCommit = changes =>
        {
            if (!changes.Changes.Any(c => c.Key == "state/shop" && c is Change.Put)) return Task.CompletedTask;
            // Nobody else may write the state before: neither as the agents report it nor by the sweep.
            return Interlocked.CompareExchange(ref late, changes, null) is null ? held.Task : others.Task;
        };
        JsonNode.Parse((await RollBackAsync("green")).Text)!["modifyIndex"]!.GetValue<ulong>().ShouldBe(0ul, "the store did not answer in time, the agents have it");
        var second = await _server.PostAsync("/api/v1/rollback", """{"to":"blue","reason":"after it"}""");
        second.Text.ShouldContain("\"reason\":\"after it\"");

        var isReadAgain = false;
        _server.Store.AfterCommit = changes =>
        {
            if (ReferenceEquals(changes, late)) _server.Store.Hangs = key => (isReadAgain |= key == "control/rollback") && false;
        };
        held.SetResult();
        await _server.EventuallyAsync(() => isReadAgain, "what is there now is read, because the write lost its race");
        others.SetResult();

        await _server.EventuallyAsync("/api/v1/history?app=shop", h => h.AsArray().Any(e => e!["reason"]?.GetValue<string>() == "after it"), "the sweep of the later one");
        (await _server.ReadAsync("state/shop"))["lock"]!["to"]!.GetValue<string>().ShouldBe("blue");
    }

    [Fact]
    public async Task A_rollback_past_the_store_holds_though_the_clock_was_hours_ahead_at_the_last_one()
    {
        _time.Start += TimeSpan.FromHours(3);
        (await RollBackAsync("green")).Text.ShouldContain("\"modifyIndex\"");
        var last = (await _server.ReadAsync("state/shop"))["overrideAck"]!.GetValue<string>();
        _time.Start -= TimeSpan.FromHours(3);
        _server.Store.GoAway();

        var first = await RollBackAsync("blue");
        var second = await RollBackAsync("green");

        foreach (var reply in new[] { first, second })
        {
            var told = JsonNode.Parse(reply.Text)!;
            told["rescue"]![0]!["observed"]!.GetValue<int>().ShouldBe(1, reply.Text);
            var id = told["override"]!["id"]!.GetValue<string>();
            string.CompareOrdinal(id, last).ShouldBeGreaterThan(0);
            last = id;
        }
        _server.Store.ComeBack();
        await _server.EventuallyAsync("/api/v1/history?app=shop", h => h.AsArray().Count(e => e!["sentence"]!.GetValue<string>().Contains("recorded now", StringComparison.Ordinal)) == 2, "both recorded");
        var state = await _server.ReadAsync("state/shop");
        state["overrideAck"]!.GetValue<string>().ShouldBe(last);
        state["lock"]!["to"]!.GetValue<string>().ShouldBe("green");
    }

    [Fact]
    public async Task One_of_all_that_is_reported_when_a_later_one_is_recorded_everywhere_is_in_the_history()
    {
        const string later = "01M7Z00000000000000000000B", sooner = "01M7Z00000000000000000000A";
        await _server.WriteAsync($"overrides/hap1/{later}", $$"""{"id":"{{later}}","node":"hap1","to":"blue","by":"ben","reason":"later","at":"2026-11-21T12:00:00Z"}""");
        await _server.EventuallyAsync("/api/v1/history?app=shop&limit=1", h => h.AsArray().Count > 0 && h[0]!["reason"]?.GetValue<string>() == "later", "the later one recorded");

        await _server.WriteAsync($"overrides/hap1/{sooner}", $$"""{"id":"{{sooner}}","node":"hap1","to":"green","by":"ben","reason":"sooner","at":"2026-11-21T12:00:00Z"}""");

        var told = await _server.EventuallyAsync("/api/v1/history?kind=fleet", h => h.AsArray().Any(e => e!["reason"]?.GetValue<string>() == "sooner"), "the sooner one told");
        told.AsArray().Count(e => e!["reason"]?.GetValue<string>() == "sooner").ShouldBe(1);
        (await _server.GetAsync("/api/v1/history?app=shop")).Text.ShouldNotContain("sooner");
        (await _server.ReadAsync("state/shop"))["lock"]!["to"]!.GetValue<string>().ShouldBe("blue");
    }

    [Theory]
    [InlineData("overrides/ID", null, "01M7Z00000000000000000000A", "ben")]
    [InlineData("overrides/hap1/ID", "hap2", "01M7Z00000000000000000000A", "ben")]
    [InlineData("overrides/gone/ID", "gone", "01M7Z00000000000000000000A", "ben")]
    [InlineData("overrides/hap1/ID", "hap1", "6ZZZZZZZZZZZZZZZZZZZZZZZZZ", "ben")]
    [InlineData("overrides/hap1/ID", "hap1", "01M7Z00000000000000000000A", "controller")]
    public async Task What_is_not_an_agents_own_word_locks_nothing(string key, string? node, string id, string by)
    {
        await _server.WriteAsync(key.Replace("ID", id, StringComparison.Ordinal), $$"""{"id":"{{id}}",{{(node is null ? "" : $"\"node\":\"{node}\",")}}"to":"green","by":"{{by}}","reason":"x","at":"2026-11-21T12:00:00Z"}""");
        // Its turn has come when one after it in the list is recorded.
        const string right = "01M7Z00000000000000000000B";
        await _server.WriteAsync($"overrides/hap1/{right}", $$"""{"id":"{{right}}","node":"hap1","app":"shop","to":"blue","by":"ben","reason":"right","at":"2026-11-21T12:00:00Z"}""");
        await _server.EventuallyAsync("/api/v1/history?app=shop&limit=1", h => h.AsArray().Count > 0 && h[0]!["reason"]?.GetValue<string>() == "right", "the right one recorded");

        (await _server.GetAsync("/api/v1/history?app=shop")).Text.ShouldNotContain("locked to green");
        (await _server.ReadAsync("state/shop"))["overrideAck"]!.GetValue<string>().ShouldBe(right);
    }

    private async Task<Answer> RollBackAsync(string to)
    {
        var asked = _server.PostAsync("/api/v1/apps/shop/rollback", $$"""{"to":"{{to}}","reason":"drill"}""");
        await _server.EventuallyAsync(() => asked.IsCompleted, "the answer");
        (await asked).IsSuccess.ShouldBeTrue((await asked).Text);
        return await asked;
    }
}
