using TrafficShifter.Faults.Running;

namespace TrafficShifter.Faults.Tests.Running;

public sealed class ResultsTests
{
    private static readonly RoundResult Good = new("a-one", 3, 100, 0, null, 0, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(3), []) { Seed = 5, Began = TimeSpan.FromSeconds(125) };

    [Fact]
    public void A_violation_is_told_with_its_time_its_fault_and_what_makes_its_round_again()
    {
        var told = new StringWriter { NewLine = "\n" };

        Results.WriteViolations(Good with { Name = "a-one + b-two", Violations = ["no request lost: 1 request failed"] }, told);

        told.ToString().ShouldBe("2:05 a-one + b-two: no request lost: 1 request failed\n  again: ./dev test --faults --only a-one+b-two --seed 5\n");
    }

    [Fact]
    public void Nothing_is_told_of_a_round_in_which_all_held()
    {
        var told = new StringWriter();
        Results.WriteViolations(Good, told);
        told.ToString().ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false, false, "")]
    [InlineData(true, false, ", all rolled back")]
    [InlineData(true, true, ", all to green, then all back")]
    [InlineData(false, true, ", all to green, then two back")]
    public void The_line_of_a_round_says_what_was_rolled_back(bool isOfAll, bool isWrongFirst, string told) => (Good with { IsOfAll = isOfAll, IsWrongFirst = isWrongFirst }).Emergency.ShouldBe(told);

    [Fact]
    public void A_soak_has_a_row_for_each_fault_with_the_slowest_of_its_rounds()
    {
        var pair = Good with { Name = "b-two + a-one", Requests = 50, BackAfter = TimeSpan.FromSeconds(9), ObservedAfter = null, Violations = ["x"] };

        var rows = Results.ByFault([Good, pair]).ToList();

        rows.Select(r => (r.Worst.Name, r.Rounds, r.Worst.Requests, r.Worst.BackAfter, r.Worst.ObservedAfter, r.Worst.Violations.Count)).ShouldBe(
            [("a-one", 2, 150, TimeSpan.FromSeconds(9), null, 1), ("b-two", 1, 50, TimeSpan.FromSeconds(9), null, 1)]);
    }
}
