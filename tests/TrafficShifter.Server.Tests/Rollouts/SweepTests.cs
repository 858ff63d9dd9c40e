using System.Net;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Rollouts;

public sealed class SweepTests
{
    [Fact]
    public async Task A_rollback_of_a_hundred_applications_is_one_write_that_a_sweep_follows_in_transactions_of_at_most_64_operations()
    {
        await using var server = await RunningServer.StartNewAsync();
        for (var i = 0; i < 100; i++) server.LoadBalancer.HAProxy.Configure($"back{i}", ("blue1", 100), ("green1", 100));
        for (var i = 0; i < 100; i++) (await server.PutAsync($"/api/v1/apps/app{i}", $$$"""{"routing":{"backend":"back{{{i}}}"}}""")).ShouldBe(HttpStatusCode.Created);
        var before = server.Store.Commits.Count;

        var answer = (await server.PostAsync("/api/v1/rollback", """{"to":"green","reason":"outage"}""")).ShouldBe(HttpStatusCode.OK);

        answer["applications"].GetValue<int>().ShouldBe(100);
        for (var i = 0; i < 100; i++)
        {
            var status = await server.EventuallyAsync($"/api/v1/apps/app{i}/status", s => s["source"]!.GetValue<string>() == "lock", $"the lock document of app{i}");
            status["lock"]!["to"]!.GetValue<string>().ShouldBe("green");
            var entry = (await server.GetAsync($"/api/v1/history?app=app{i}&limit=1")).Json![0]!;
            entry["kind"]!.GetValue<string>().ShouldBe("app.rolledBack");
            entry["reason"]!.GetValue<string>().ShouldBe("outage");
        }
        var commits = server.Store.Commits.Skip(before).ToList();
        commits.Count(c => c.Changes.Any(x => x is Change.Put { Key: "control/rollback" })).ShouldBe(1);
        commits.ShouldAllBe(c => c.Operations <= ChangeSet.MaxOperations);
        var swept = commits.Where(c => c.Changes.Any(x => x.Key.StartsWith("state/", StringComparison.Ordinal))).ToList();
        swept.ShouldAllBe(c => c.Fence != null);
        swept.SelectMany(c => c.Changes).Count(c => c.Key.StartsWith("state/", StringComparison.Ordinal)).ShouldBe(100, "each document once");
        commits.Count(c => !swept.Contains(c) && c.Changes.Any(x => x.Key.StartsWith("feed/", StringComparison.Ordinal) && x is Change.Set { Value: var told } && told.Contains("\"state/app", StringComparison.Ordinal)))
            .ShouldBeInRange(1, swept.Count - 1, "several transactions are told of at once");
        swept.SelectMany(c => c.Changes).Count(c => c.Key.StartsWith("history/", StringComparison.Ordinal)).ShouldBe(100);
    }

    [Fact]
    public async Task A_document_that_nobody_was_told_of_holds_its_neighbours_up_for_one_turn_only()
    {
        await using var server = await RunningServer.StartNewAsync();
        for (var i = 0; i < 3; i++) server.LoadBalancer.HAProxy.Configure($"back{i}", ("blue1", 100), ("green1", 100));
        for (var i = 0; i < 3; i++) (await server.PutAsync($"/api/v1/apps/app{i}", $$$"""{"routing":{"backend":"back{{{i}}}"}}""")).ShouldBe(HttpStatusCode.Created);
        // As a leader leaves it that is killed between writing and telling.
        var state = (await server.Store.FindAsync("state/app1", default))!;
        (await server.Store.CommitAsync(ChangeSet.Empty.With(new Change.Set("state/app1", state.Value + " ")), default)).ShouldBeOfType<CommitResult.Committed>();

        (await server.PostAsync("/api/v1/rollback", """{"to":"green","reason":"outage"}""")).ShouldBe(HttpStatusCode.OK);

        for (var i = 0; i < 3; i++)
            await server.EventuallyAsync($"/api/v1/apps/app{i}/status", s => s["source"]!.GetValue<string>() == "lock", $"the lock document of app{i}");
    }
}
