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

    private IEnumerable<string> Find(params Sample[] looks) => _invariant.Find(Good() with { Samples = looks });
}
