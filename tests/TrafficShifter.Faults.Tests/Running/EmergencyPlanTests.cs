using TrafficShifter.Faults.Running;

namespace TrafficShifter.Faults.Tests.Running;

public sealed class EmergencyPlanTests
{
    private static readonly IReadOnlyList<int> Seeds = [.. Enumerable.Range(1, 600)];

    [Fact]
    public void Of_all_in_a_third_of_the_rounds_and_after_a_wrong_one_in_half_of_those()
    {
        var plans = Of(Clocks.Together);
        plans.Count(p => !p.IsWrongFirst && p.IsOfAll).ShouldBeInRange(70, 130);
        plans.Count(p => !p.IsWrongFirst && !p.IsOfAll).ShouldBeInRange(370, 430);
        plans.Count(p => p.IsWrongFirst).ShouldBeInRange(70, 130);
    }

    [Fact]
    public void A_wrong_one_is_followed_by_one_of_all_or_by_two_through_the_same_api_or_the_other() =>
        Of(Clocks.Together).Where(p => p.IsWrongFirst).Select(p => (p.IsOfAll, p.First, p.IsSameApi)).Distinct().Count().ShouldBe(2 * 2 * 2);

    [Fact]
    public void While_a_fault_moves_the_clocks_there_is_no_wrong_one() => Of(Clocks.Apart).ShouldAllBe(p => !p.IsWrongFirst);

    [Fact]
    public void After_it_both_go_through_the_same_api_which_knows_of_the_first()
    {
        var plans = Of(Clocks.WereApart);
        plans.ShouldAllBe(p => p.IsSameApi);
        plans.Count(p => p.IsWrongFirst).ShouldBe(Of(Clocks.Together).Count(p => p.IsWrongFirst));
    }

    private static List<EmergencyPlan> Of(Clocks clocks) => [.. Seeds.Select(seed => EmergencyPlan.Of(seed, clocks))];
}
