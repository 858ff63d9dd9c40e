using TrafficShifter.Faults.Invariants;
using TrafficShifter.Faults.Load;
using static TrafficShifter.Faults.Tests.SomeRound;

namespace TrafficShifter.Faults.Tests.Invariants;

public sealed class NoRequestLostTests
{
    private readonly NoRequestLost _invariant = new();

    [Fact]
    public void None_is_found_where_none_failed() => _invariant.Find(Good()).ShouldBeEmpty();

    [Fact]
    public void Without_a_control_one_that_failed_is_one_too_many() =>
        _invariant.Find(With([Failed(1)], control: null)).Single().ShouldStartWith("1 requests failed because of us: shop on haproxy1 503 1.1 s");

    [Fact]
    public void As_many_as_without_us_are_not_ours() => _invariant.Find(With(Many(160, at: 1), Many(150, at: 1))).ShouldBeEmpty();

    [Fact]
    public void More_than_without_us_are_ours() => NoRequestLost.CountBeyondControl(With(Many(300, at: 1), Many(150, at: 1))).ShouldBe(150);

    [Fact]
    public void Where_none_fails_without_us_none_may_fail() => NoRequestLost.CountBeyondControl(With([Failed(1)], [])).ShouldBe(1);

    [Fact]
    public void Those_outside_of_the_faults_time_are_ours_however_many_fail_without_us() => NoRequestLost.CountBeyondControl(With([Failed(-1), Failed(9)], Many(150, at: 1))).ShouldBe(2);

    private static List<FailedRequest> Many(int count, double at) => [.. Enumerable.Range(0, count).Select(_ => Failed(at))];

    private static RoundRecord With(IReadOnlyList<FailedRequest> ours, IReadOnlyList<FailedRequest>? control) =>
        Good() with { Load = new LoadResult([500, 500], ours), Control = control is null ? null : new LoadResult([500, 500], control) };
}
