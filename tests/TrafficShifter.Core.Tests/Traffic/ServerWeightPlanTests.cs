using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

public sealed class ServerWeightPlanTests
{
    [Theory]
    [InlineData("10%", "100", "100", "blue1=252 green1=28")]
    [InlineData("10%", "100 100 100", "100 100", "blue1=252 blue2=252 blue3=252 green1=42 green2=42")]
    [InlineData("50%", "100", "100", "blue1=256 green1=256")]
    [InlineData("50%", "100 100 100", "100 100", "blue1=170 blue2=170 blue3=170 green1=255 green2=255")]
    [InlineData("1%", "100", "100", "blue1=198 green1=2")]
    [InlineData("99%", "100", "100", "blue1=2 green1=198")]
    [InlineData("0%", "100", "100", "blue1=256 green1=0")]
    [InlineData("100%", "100", "100", "blue1=0 green1=256")]
    public void Share_is_made_exactly_with_the_largest_weights(string share, string blue, string green, string weights)
    {
        var plan = ServerWeightPlan.For(Share.Parse(share), Servers.Of("blue", Numbers(blue)), Servers.Of("green", Numbers(green)));

        plan.Text().ShouldBe(weights);
        plan.Achieved.ShouldBe(Share.Parse(share));
        plan.IsCloseEnough.ShouldBeTrue();
        plan.Nearest.ShouldBe(new NearestShares(Share.Parse(share), Share.Parse(share)));
    }

    [Fact]
    public void Weights_in_the_file_count_as_capacity_within_a_colour()
    {
        var plan = ServerWeightPlan.For(Share.Parse("50%"), Servers.Of("blue", 20, 10), Servers.Of("green", 50, 50, 50));

        plan.Text().ShouldBe("blue1=256 blue2=128 green1=128 green2=128 green3=128");
    }

    [Fact]
    public void Colour_that_the_file_starts_at_weight_0_has_equal_capacities()
    {
        var plan = ServerWeightPlan.For(Share.Parse("50%"), Servers.Of("blue", 100, 100), Servers.Of("green", 0, 0));

        plan.Text().ShouldBe("blue1=256 blue2=256 green1=256 green2=256");
    }

    [Fact]
    public void Server_that_the_file_keeps_at_0_beside_others_stays_at_0()
    {
        var plan = ServerWeightPlan.For(Share.Parse("50%"), Servers.Of("blue", 100), Servers.Of("green", 100, 0));

        plan.Text().ShouldBe("blue1=256 green1=256 green2=0");
    }

    [Fact]
    public void Server_that_is_down_does_not_count_and_gets_the_weight_of_its_siblings()
    {
        var plan = ServerWeightPlan.For(Share.Parse("10%"), Servers.Of("blue", 100, 100, 100).WithUnusable(2), Servers.Of("green", 100, 100));

        plan.Text().ShouldBe("blue1=252 blue2=252 blue3=252 green1=28 green2=28");
        plan.Achieved.ShouldBe(Share.Parse("10%"));
    }

    [Fact]
    public void Colour_with_no_usable_server_is_planned_as_if_all_were()
    {
        var plan = ServerWeightPlan.For(Share.Parse("10%"), Servers.Of("blue", 100, 100, 100), Servers.Of("green", 100, 100).WithUnusable(1).WithUnusable(2));

        plan.Text().ShouldBe("blue1=252 blue2=252 blue3=252 green1=42 green2=42");
    }

    [Theory]
    [InlineData("0.05%", "blue1=256 green1=1", "0.39%", "0%", "0.39%")]
    [InlineData("99.95%", "blue1=1 green1=256", "99.61%", "99.61%", "100%")]
    public void Share_that_two_servers_cannot_make_names_its_neighbours(string share, string weights, string achieved, string below, string above)
    {
        var plan = ServerWeightPlan.For(Share.Parse(share), Servers.Of("blue", 100), Servers.Of("green", 100));

        plan.IsCloseEnough.ShouldBeFalse();
        plan.Nearest.ShouldBe(new NearestShares(Share.Parse(below), Share.Parse(above)));
        plan.Text().ShouldBe(weights);
        plan.Achieved.ShouldBe(Share.Parse(achieved));
    }

    [Fact]
    public void More_servers_make_a_smaller_share()
    {
        var plan = ServerWeightPlan.For(Share.Parse("0.05%"), Servers.Of("blue", [.. Enumerable.Repeat(100, 8)]), Servers.Of("green", 100));

        plan.IsCloseEnough.ShouldBeTrue();
        plan.Achieved.ShouldBe(Share.Parse("0.05%"));
    }

    [Fact]
    public void Colour_without_servers_may_have_nothing_but_never_something()
    {
        ServerWeightPlan.For(Share.None, Servers.Of("blue", 1), []).Text().ShouldBe("blue1=256");
        Should.Throw<ArgumentException>(() => ServerWeightPlan.For(Share.Parse("1%"), Servers.Of("blue", 1), [])).Message.ShouldContain("green");
        Should.Throw<ArgumentException>(() => ServerWeightPlan.For(Share.Parse("99%"), [], Servers.Of("green", 1))).Message.ShouldContain("blue");
    }

    private static int[] Numbers(string text) => [.. text.Split(' ').Select(int.Parse)];
}
