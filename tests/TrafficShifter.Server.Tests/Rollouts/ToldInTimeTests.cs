using System.Net;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Rollouts;

/// <summary>What people are told before it matters: a plan that is not there, a zone that nobody knows, a rollout that needs somebody.</summary>
public sealed class ToldInTimeTests : IAsyncLifetime
{
    private const string Plan = """{"steps":[{"share":"10%","hold":"10m"}],"checks":[{"name":"errors","query":"errors","max":0.01,"window":"5s"}]}""";
    private RunningServer _server = null!;

    public async Task InitializeAsync()
    {
        _server = await RunningServer.StartNewAsync();
        await _server.RegisterShopAsync();
    }

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task A_zone_that_nobody_knows_is_refused_with_its_place() =>
        (await _server.PutAsync("/api/v1/control/freeze", """{"windows":[{"name":"x","weekly":{"days":["friday"],"zone":"Mars/Olympus"} }]}"""))
            .ShouldBeProblem(422, "impossible", "/windows/0/weekly/zone", "\"Mars/Olympus\" is not a time zone of the IANA database like \"Europe/Berlin\"");

    [Fact]
    public async Task An_application_takes_no_plan_that_is_not_there_and_keeps_the_one_it_has()
    {
        const string shop = """{"routing":{"backend":"shop_back"},"plan":"mine"}""";
        (await _server.PutAsync("/api/v1/apps/shop", shop)).ShouldBeProblem(422, "impossible", "/plan", "there is no plan \"mine\"; there are careful, standard, fast");
        (await _server.PutAsync("/api/v1/plans/mine", Plan)).ShouldBe(HttpStatusCode.Created);
        (await _server.PutAsync("/api/v1/apps/shop", shop)).ShouldBe(HttpStatusCode.OK);
        await _server.EventuallyAsync(() => _server.Services.GetService(typeof(Server.Traffic.TrafficFollower)) is Server.Traffic.TrafficFollower follower && follower.Current.Find(Core.Apps.AppName.Parse("shop")).Definition.Value?.Plan == "mine", "the plan followed");

        (await _server.DeleteAsync("/api/v1/plans/mine")).ShouldBeProblem(409, "conflict", null, "it is the plan of shop: give them another one first");
    }

    [Fact]
    public async Task Status_repeats_that_a_rollout_needs_somebody()
    {
        _server.Metrics.Set("errors", 0);
        var id = (await _server.PostAsync("/api/v1/apps/shop/rollouts", $$"""{"plan":{{Plan}}}""")).ShouldBe(HttpStatusCode.Created)["id"].GetValue<string>();
        (await _server.GetAsync("/api/v1/apps/shop/status"))["problems"].AsArray().ShouldBeEmpty();

        (await _server.PostAsync($"/api/v1/rollouts/{id}/pause", """{"reason":"lunch"}""")).ShouldBe(HttpStatusCode.OK);

        (await _server.GetAsync("/api/v1/apps/shop/status"))["problems"].AsArray().Select(p => p!.GetValue<string>()).ShouldBe([$"rollout {id} needs somebody: it is paused: paused by admin (lunch)"]);
    }
}
