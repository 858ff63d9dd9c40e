using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

public sealed class ReconciliationTests
{
    [Fact]
    public void Nothing_differs_and_nothing_is_sent()
    {
        var plan = Plan("10%", Servers.Reading("blue1", 252), Servers.Reading("green1", 28));

        plan.IsSettled.ShouldBeTrue();
        plan.Commands.ShouldBeEmpty();
        plan.ObservedShare.ShouldBe(Share.Parse("10%"));
        plan.AchievableShare.ShouldBe(Share.Parse("10%"));
        plan.Problem.ShouldBeNull();
    }

    [Theory]
    [InlineData("50%", 256, 0, "green1=256")]
    [InlineData("100%", 256, 0, "green1=256 blue1=0")]
    [InlineData("0%", 0, 256, "blue1=256 green1=0")]
    [InlineData("10%", 256, 256, "blue1=252 green1=28")]
    [InlineData("50%", 1, 9, "green1=256 blue1=256")]
    [InlineData("50%", 9, 1, "blue1=256 green1=256")]
    [InlineData("10%", 9, 1, "blue1=252 green1=28")]
    [InlineData("90%", 1, 9, "green1=252 blue1=28")]
    public void Raises_come_before_cuts_and_the_losing_colour_first(string green, int blueNow, int greenNow, string commands) =>
        Plan(green, Servers.Reading("blue1", blueNow), Servers.Reading("green1", greenNow)).Text().ShouldBe(commands);

    [Fact]
    public void Rollback_raises_the_stable_colour_before_it_cuts_the_other() =>
        Plan("0%", Servers.Reading("blue1", 1), Servers.Reading("blue2", 1), Servers.Reading("green1", 255), Servers.Reading("green2", 255))
            .Text().ShouldBe("blue1=256 blue2=256 green1=0 green2=0");

    [Fact]
    public void Servers_of_neither_colour_are_left_alone() =>
        Plan("50%", Servers.Reading("canary", 5), Servers.Reading("blue1", 0), Servers.Reading("green1", 256)).Text().ShouldBe("blue1=256");

    [Fact]
    public void Servers_can_be_told_apart_by_a_list()
    {
        var routing = Servers.Routing with
        {
            Blue = new ServerSelector { Servers = [ProxyName.Parse("old")] },
            Green = new ServerSelector { Servers = [ProxyName.Parse("new")] },
        };

        Reconciliation.Plan(routing, Share.Parse("50%"), [Servers.Reading("old", 256), Servers.Reading("new", 0)], allowUnusableTarget: false)
            .Text().ShouldBe("new=256");
    }

    [Fact]
    public void Colour_without_servers_is_a_problem_and_nothing_is_sent()
    {
        var plan = Plan("10%", Servers.Reading("blue1", 100), Servers.Reading("gren1", 0));

        plan.Problem.ShouldBe("backend \"shop\" has no server that is green (green*)");
        plan.Commands.ShouldBeEmpty();
        plan.AchievableShare.ShouldBeNull();
        plan.ObservedShare.ShouldBe(Share.None);
    }

    [Fact]
    public void Colour_that_should_get_nothing_and_has_no_servers_is_still_named()
    {
        var plan = Plan("0%", Servers.Reading("blue1", 100));

        plan.Problem.ShouldBe("backend \"shop\" has no server that is green (green*)");
        plan.Text().ShouldBe("blue1=256");
    }

    [Fact]
    public void Servers_keep_their_weights_when_the_target_has_no_usable_server()
    {
        var plan = Plan("0%", Servers.Reading("blue1", 0, health: ServerHealth.Down), Servers.Reading("green1", 256));

        plan.Problem.ShouldBe("blue has no usable server in backend \"shop\" and would get more of the traffic: the servers keep their weights");
        plan.Commands.ShouldBeEmpty();
    }

    [Fact]
    public void Person_may_move_to_a_colour_without_a_usable_server()
    {
        var plan = Plan("0%", insist: true, Servers.Reading("blue1", 0, health: ServerHealth.Maintenance), Servers.Reading("green1", 256));

        plan.Text().ShouldBe("blue1=256 green1=0");
        plan.Problem.ShouldBe("blue should get 100% and has no usable server in backend \"shop\"");
    }

    [Fact]
    public void Dead_colour_may_lose_weight_but_is_still_named()
    {
        var plan = Plan("10%", Servers.Reading("blue1", 100), Servers.Reading("green1", 100, health: ServerHealth.Down));

        plan.Text().ShouldBe("blue1=252 green1=28");
        plan.Problem.ShouldBe("green should get 10% and has no usable server in backend \"shop\"");
        plan.ObservedShare.ShouldBe(Share.None);
        plan.AchievableShare.ShouldBe(Share.Parse("10%"));
    }

    [Fact]
    public void With_every_server_down_the_weights_are_set_for_when_they_come_back()
    {
        var plan = Plan("0%", Servers.Reading("blue1", 100, health: ServerHealth.Down), Servers.Reading("green1", 100, health: ServerHealth.Draining));

        plan.Text().ShouldBe("blue1=256 green1=0");
        plan.ObservedShare.ShouldBeNull();
    }

    [Fact]
    public void Server_that_goes_down_changes_the_plan()
    {
        var plan = Plan("10%", Servers.Reading("blue1", 240), Servers.Reading("blue2", 240), Servers.Reading("blue3", 240, health: ServerHealth.Down),
            Servers.Reading("green1", 40), Servers.Reading("green2", 40));

        plan.ObservedShare.ShouldBe(Share.Parse("14.29%"));
        plan.Text().ShouldBe("blue1=252 blue2=252 blue3=252 green1=28 green2=28");
    }

    [Fact]
    public void Share_that_cannot_be_made_is_made_as_near_as_it_can_and_named()
    {
        var plan = Plan("0.05%", Servers.Reading("blue1", 256), Servers.Reading("green1", 0));

        plan.Problem.ShouldBe("green 0.05% cannot be made with the servers of backend \"shop\": the nearest are 0% and 0.39%, 0.39% is used");
        plan.Text().ShouldBe("green1=1");
    }

    private static Reconciliation Plan(string green, params ServerReading[] servers) => Plan(green, insist: false, servers);

    private static Reconciliation Plan(string green, bool insist, params ServerReading[] servers) =>
        Reconciliation.Plan(Servers.Routing, Share.Parse(green), servers, insist);
}
