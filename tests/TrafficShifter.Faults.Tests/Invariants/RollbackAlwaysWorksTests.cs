using TrafficShifter.Faults.Invariants;
using TrafficShifter.Faults.Observation;
using static TrafficShifter.Faults.Tests.SomeRound;

namespace TrafficShifter.Faults.Tests.Invariants;

public sealed class RollbackAlwaysWorksTests
{
    private readonly RollbackAlwaysWorks _invariant = new();

    [Fact]
    public void One_that_was_taken_and_observed_is_right() => _invariant.Find(Good()).ShouldBeEmpty();

    [Fact]
    public void One_that_nobody_took_is_found() => _invariant.Find(Good() with { Rollbacks = [new("fire", At(1), null, "503 away")] }).First().ShouldBe("fire: the rollback was not taken: 503 away");

    [Fact]
    public void One_that_was_taken_late_is_found() => _invariant.Find(Good() with { Rollbacks = [new("fire", At(1), At(8), "200")] }).Single().ShouldBe("fire: the rollback was taken only after 7.0 s");

    [Fact]
    public void One_that_was_never_sent_is_found() => _invariant.Find(Good() with { Rollbacks = [] }).Single().ShouldBe("no rollback was sent");

    [Fact]
    public void A_node_that_does_not_show_it_is_found() => Find(Look(0.5), Look(1.5), Look(3), Look(9)).Single().ShouldBe("fire: the rollback was not observed on haproxy1 after 8.0 s");

    [Fact]
    public void A_node_that_shows_it_late_is_found() => Find(Look(0.5), Look(1.5), Look(8, fire: 0)).Single().ShouldBe("fire: the rollback was observed on haproxy1 after 7.0 s");

    [Fact]
    public void A_node_that_could_not_be_reached_is_counted_from_its_return() => Find(Look(0.5, pid: null), Look(6, pid: null), Look(8, fire: 0)).ShouldBeEmpty();

    [Fact]
    public void A_node_without_its_agent_is_counted_from_the_agents_return()
    {
        Sample[] looks = [Look(0.5), Look(3), Look(7, fire: 0)];
        Find(looks).ShouldNotBeEmpty();
        _invariant.Find(Good(new SomeFault { WithoutAgent = [0] }) with { Samples = looks }).ShouldBeEmpty();
    }

    [Fact]
    public void One_that_is_undone_after_it_was_observed_is_found() =>
        Find(Look(0.5), Look(1.5, fire: 100), Look(2, fire: 0), Look(2.1, fire: 0), Look(6, fire: 100), Look(6.1, fire: 100), Look(7, fire: 0))
            .Single().ShouldBe("fire: the rollback was observed on haproxy1 after 1.0 s, and 5.1 s after it was sent green has 100 %");

    [Fact]
    public void It_is_found_at_the_rounds_very_end_and_on_each_node() =>
        Find(Look(2, fire: 0), Look(2, fire: 0, node: 1), Look(3, fire: 0), Look(30, fire: 50, node: 1), Look(30.1, fire: 50, node: 1)).Single().ShouldContain("on haproxy2 after 1.0 s, and 29.1 s");

    [Fact]
    public void One_look_alone_may_have_come_between_two_commands() => Find(Look(2, fire: 0), Look(2.1, fire: 100), Look(2.2, fire: 0), Look(2.3, fire: 0)).ShouldBeEmpty();

    [Theory]
    [InlineData(3.0, true)]
    [InlineData(16.0, true)]
    [InlineData(19.0, false)]
    public void A_HAProxy_that_begins_anew_has_the_weights_of_its_file_until_its_agent_has_seen_it(double second, bool isRight) =>
        Find(Look(2, fire: 0), Look(2.1, fire: 0), Look(16, fire: 50, pid: 78), Look(second, fire: 50, pid: 78), Look(second + 0.1, fire: 50, pid: 78), Look(30, fire: 0, pid: 78)).Any().ShouldBe(!isRight);

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public void A_wrong_one_that_was_answered_before_must_not_come_back_and_one_that_nobody_answered_may(bool isAnswered, bool isRight)
    {
        Sample[] looks = [Look(0.5), Look(0.9, fire: 100), Look(2, fire: 0), Look(2.1, fire: 0), Look(5, fire: 100), Look(5.1, fire: 100)];
        _invariant.Find(Good() with { Samples = looks, Wrong = new WrongRollback(At(0.6), isAnswered, "…") }).Any().ShouldBe(!isRight);
    }

    private IEnumerable<string> Find(params Sample[] looks) => _invariant.Find(Good() with { Samples = looks });
}
