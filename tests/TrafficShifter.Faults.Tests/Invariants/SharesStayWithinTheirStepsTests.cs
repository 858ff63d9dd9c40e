using TrafficShifter.Faults.Invariants;
using TrafficShifter.Faults.Observation;
using static TrafficShifter.Faults.Tests.SomeRound;

namespace TrafficShifter.Faults.Tests.Invariants;

public sealed class SharesStayWithinTheirStepsTests
{
    private readonly SharesStayWithinTheirSteps _invariant = new();

    [Fact]
    public void Nothing_is_found_where_all_is_as_wanted() => _invariant.Find(Good()).ShouldBeEmpty();

    [Fact]
    public void Both_colours_at_0_are_found() => Find(Look(2.2, shop: null, fire: 0), Look(2.3, shop: null, fire: 0)).Single().ShouldBe("shop on haproxy1, 2.3 s after the fault began: both colours are at 0");

    [Fact]
    public void A_share_above_its_step_is_found() => Find(Look(2.2, shop: 30, fire: 0), Look(2.3, shop: 30, fire: 0)).Single().ShouldEndWith("green has 30 %, it was given 20 to 20 %");

    [Fact]
    public void A_share_below_is_the_other_colour_above() => Find(Look(2.2, shop: 10, fire: 0), Look(2.3, shop: 10, fire: 0)).Single().ShouldEndWith("green has 10 %, it was given 20 to 20 %");

    [Fact]
    public void One_look_alone_may_have_come_between_two_commands() => Find(Look(2.2, shop: 30, fire: 0)).ShouldBeEmpty();

    [Fact]
    public void On_the_way_from_one_step_to_the_next_is_within() => Find([Wants("shop", 2, 50)], Look(2.2, shop: 35, fire: 0), Look(2.3, shop: 45, fire: 0)).ShouldBeEmpty();

    [Fact]
    public void While_a_fault_lasts_a_node_may_be_at_what_was_before_it() => Find([Wants("shop", 0.2, 50)], Look(3.8, shop: 20, fire: 0), Look(3.9, shop: 20, fire: 0)).ShouldBeEmpty();

    [Fact]
    public void Long_after_it_no_node_may() => Find([Wants("shop", 0.2, 50)], Look(15, shop: 20, fire: 0), Look(15.1, shop: 20, fire: 0)).Single().ShouldEndWith("green has 20 %, it was given 50 to 50 %");

    [Theory]
    [InlineData(2.0, true)]
    [InlineData(2.5, false)]
    public void After_a_rollback_of_all_every_application_may_be_on_its_stable_colour(double second, bool isRight)
    {
        var good = Good() with { RolledBackAll = At(second), Operations = [] };
        _invariant.Find(good with { Samples = [.. good.Samples.Where(s => s.Asked < At(2)), Look(2.2, shop: 0, fire: 0), Look(2.3, shop: 0, fire: 0)] }).Any().ShouldBe(!isRight);
    }

    [Theory]
    [InlineData("shop: shop-01m80tcszbe80xyzf0kgefmxwp: start: step 1 of 2: 10% to green (index 218)", 10, true)]
    [InlineData("shop: shop-01m80tcszbe80xyzf0kgefmxwp: promote: 100% to blue: held 2s at 50% (index 218)", 0, true)]
    [InlineData("shop: shop-01m80tcszbe80xyzf0kgefmxwp: start: step 1 of 2: 10% to green (index 218)", 5, false)]
    [InlineData("cart: cart-01m80tcszbe80xyzf0kgefmxwp: start: step 1 of 2: 10% to green (index 218)", 10, false)]
    [InlineData("shop: shop-01m80tcszbe80xyzf0kgefmxwp: rollback: errors failed 2 times: all traffic back to blue (index 218)", 0, true)]
    [InlineData("shop: shop-01m80tcszbe80xyzf0kgefmxwp: abort: aborted by ben (too slow): all traffic back to green (index 218)", 100, true)]
    [InlineData("shop: shop-01m80tcszbe80xyzf0kgefmxwp: abort: aborted by ben (too slow): all traffic back to blue (index 218)", 30, false)]
    [InlineData("shop: shop-01m80tcszbe80xyzf0kgefmxwp: finish: all traffic was locked to blue (index 218)", 10, false)]
    public void What_a_controller_wrote_between_two_looks_at_the_store_is_within(string line, int seen, bool isRight)
    {
        var good = Good() with { Leaders = [new LeaderLine("api1", 1, 218, line, At(2.1))], Operations = [] };
        _invariant.Find(good with { Samples = [.. good.Samples.Where(s => s.Asked < At(2)), Look(2.2, shop: seen, fire: 0), Look(2.3, shop: seen, fire: 0)] }).Any().ShouldBe(!isRight);
    }

    [Theory]
    [InlineData(2.0, 2.2, true)]
    [InlineData(2.5, 2.2, false)]
    [InlineData(2.0, 14.5, false)]
    public void After_a_wrong_rollback_of_all_to_green_every_application_may_be_there_until_the_fault_and_its_bound_are_over(double sent, double seen, bool isRight)
    {
        var good = Good() with { Wrong = new WrongRollback(At(sent), IsAnswered: true, "200"), Operations = [] };
        _invariant.Find(good with { Samples = [.. good.Samples.Where(s => s.Asked < At(2)), Look(seen, shop: 100, fire: 0), Look(seen + 0.1, shop: 100, fire: 0)] }).Any().ShouldBe(!isRight);
    }

    [Fact]
    public void A_HAProxy_that_began_anew_may_have_the_weights_of_its_file() => Find(Look(3, shop: 50, fire: 0, pid: 78), Look(3.1, shop: 50, fire: 0, pid: 78)).ShouldBeEmpty();

    private IEnumerable<string> Find(params Sample[] looks) => Find([], looks);

    private IEnumerable<string> Find(IReadOnlyList<Wanted> wanted, params Sample[] looks)
    {
        var good = Good();
        var last = looks[^1].Asked;
        return _invariant.Find(good with { Wanted = [.. good.Wanted, .. wanted], Samples = [.. good.Samples.Where(s => s.Asked < looks[0].Asked), .. looks], Operations = [], Back = last });
    }
}
