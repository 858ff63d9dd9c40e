using TrafficShifter.Faults.Invariants;
using TrafficShifter.Faults.Observation;
using static TrafficShifter.Faults.Tests.SomeRound;

namespace TrafficShifter.Faults.Tests.Invariants;

public sealed class OneControllerActsTests
{
    private readonly OneControllerActs _invariant = new();
    private long _order;

    [Fact]
    public void One_after_the_other_is_right() => Find(Leads("api1"), Wrote("api1", 3), Wrote("api1", 5), Leads("api2"), Wrote("api2", 6), Leads("api1"), Wrote("api1", 9)).ShouldBeEmpty();

    [Fact]
    public void Lines_that_were_read_late_do_not_matter() => Find(Leads("api1"), Leads("api2"), Wrote("api2", 6), Wrote("api1", 3), Wrote("api2", 8)).ShouldBeEmpty();

    [Fact]
    public void One_that_writes_after_the_other_began_is_found() =>
        Find(Leads("api1"), Wrote("api1", 3), Leads("api2"), Wrote("api2", 6), Wrote("api1", 7), Wrote("api2", 9)).Single().ShouldBe("api1's decisions 3 to 7 and api2's decisions 6 to 9 overlap");

    private IEnumerable<string> Find(params LeaderLine[] lines) => _invariant.Find(Good() with { Leaders = lines });

    private LeaderLine Leads(string server) => new(server, _order++, null, "This process leads");

    private LeaderLine Wrote(string server, ulong index) => new(server, _order++, index, "…");
}
