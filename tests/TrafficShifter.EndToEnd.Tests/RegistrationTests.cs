using TrafficShifter.EndToEnd.Tests.Stack;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>An application is checked against what the nodes' HAProxy really have, also where the agents are processes of their own.</summary>
[Trait("HAProxy", "any")]
public sealed class RegistrationTests(RegistrationTests.Fixture fixture) : IClassFixture<RegistrationTests.Fixture>
{
    private readonly ShiftingStack _stack = fixture.Stack;

    [Fact]
    public async Task A_backend_that_no_node_has_is_refused()
    {
        var reply = await _stack.Api.PutAppAsync("shpo");
        reply.Status.ShouldBe(422, reply.ToString());
        reply.Body.GetProperty("errors").GetProperty("/routing/backend").GetString().ShouldBe("no node has a backend \"shpo\": hap1, hap2 were asked; add it to haproxy.cfg and reload first");
    }

    [Fact]
    public async Task A_colour_without_servers_is_refused_with_the_servers_that_there_are()
    {
        var reply = await _stack.Api.SendAsync(HttpMethod.Put, "apps/other", new { routing = new { backend = "shop", green = new { prefix = "gren" } } });
        reply.Status.ShouldBe(422, reply.ToString());
        reply.Body.GetProperty("errors").GetProperty("/routing/green").GetString().ShouldBe("backend \"shop\" on node hap1 has no server that is green (gren*); it has blue1, green1");
    }

    [Fact]
    public async Task A_share_that_the_servers_cannot_make_is_refused_with_the_nearest()
    {
        var reply = await _stack.Api.ShiftAsync("shop", 9_995, 5);
        reply.Status.ShouldBe(422, reply.ToString());
        reply.Body.GetProperty("detail").GetString()!.ShouldContain("the nearest are 0% and 0.39%");
        (await _stack.GreenAsync("shop")).ShouldBe([0m, 0m]);
    }

    public sealed class Fixture() : StackFixture(new StackSetup { Backends = [new Backend("shop")], WithMetrics = false });
}
