using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Apps;

public sealed class RoutingTests
{
    [Fact]
    public void Servers_are_told_apart_by_prefix_unless_said_otherwise()
    {
        var routing = new Routing { Backend = ProxyName.Parse("shop") };
        routing.FindProblem().ShouldBeNull();
        routing.FindColour(ProxyName.Parse("blue1")).ShouldBe(Colour.Blue);
        routing.FindColour(ProxyName.Parse("green-eu-3")).ShouldBe(Colour.Green);
        routing.FindColour(ProxyName.Parse("Blue1")).ShouldBeNull();
        routing.FindColour(ProxyName.Parse("maintenance")).ShouldBeNull();
    }

    [Fact]
    public void A_list_names_its_servers_and_no_others()
    {
        var routing = Of(List("v1", "v2"), List("v3"));
        routing.FindProblem().ShouldBeNull();
        routing.FindColour(ProxyName.Parse("v3")).ShouldBe(Colour.Green);
        routing.FindColour(ProxyName.Parse("v33")).ShouldBeNull();
    }

    [Fact]
    public void A_list_and_a_prefix_may_stand_side_by_side()
    {
        var routing = Of(List("old1", "old2"), Prefix("new"));
        routing.FindProblem().ShouldBeNull();
        routing.FindColour(ProxyName.Parse("old2")).ShouldBe(Colour.Blue);
        routing.FindColour(ProxyName.Parse("new7")).ShouldBe(Colour.Green);
    }

    public static readonly TheoryData<ServerSelector, ServerSelector, string> Refused = new()
    {
        { Prefix("s"), Prefix("s"), "routing: a server could be both blue and green: the prefixes \"s\" and \"s\" overlap" },
        { Prefix("web"), Prefix("web-green"), "routing: a server could be both blue and green: the prefixes \"web\" and \"web-green\" overlap" },
        { Prefix("web-blue"), Prefix("web"), "routing: a server could be both blue and green: the prefixes \"web-blue\" and \"web\" overlap" },
        { List("a", "b"), List("b", "c"), "routing: a server could be both blue and green: server \"b\" belongs to both" },
        { List("green1"), Prefix("green"), "routing: a server could be both blue and green: server \"green1\" belongs to both" },
        { Prefix("blue"), List("x", "blue9"), "routing: a server could be both blue and green: server \"blue9\" belongs to both" },
        { new ServerSelector(), Prefix("g"), "routing/blue: needs a prefix or a list of servers" },
        { Prefix("b"), List(), "routing/green/servers: the list is empty" },
        { List("a") with { Prefix = "b" }, Prefix("g"), "routing/blue: has both a prefix and a list of servers; one of them decides" },
        { Prefix(""), Prefix("g"), "routing/blue/prefix: a HAProxy name is not empty" },
        { Prefix("b"), Prefix("g r"), "routing/green/prefix: a HAProxy name is made of A-Z, a-z, 0-9, '-', '_', '.' and ':'; character 2 is U+0020" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void A_routing_in_which_a_server_has_no_one_colour_is_refused(ServerSelector blue, ServerSelector green, string problem) =>
        Of(blue, green).FindProblem().ShouldBe(problem);

    private static ServerSelector Prefix(string prefix) => new() { Prefix = prefix };

    private static ServerSelector List(params string[] servers) => new() { Servers = [.. servers.Select(s => ProxyName.Parse(s))] };

    private static Routing Of(ServerSelector blue, ServerSelector green) => new() { Backend = ProxyName.Parse("shop"), Blue = blue, Green = green };
}
