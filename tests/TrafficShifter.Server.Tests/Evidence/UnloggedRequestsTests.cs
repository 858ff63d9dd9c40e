using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Evidence;
using TrafficShifter.Testing.LoadBalancers;

namespace TrafficShifter.Server.Tests.Evidence;

/// <summary>A node that logs only some of its frontends, by HAProxy's counters and the records that came. `cart` is the backend.</summary>
public sealed class UnloggedRequestsTests
{
    private readonly EvidenceNode _node = new();
    private readonly InMemoryLoadBalancer _haproxy = new();
    private readonly EvidenceWatch _watch;
    private long _requests;

    public UnloggedRequestsTests()
    {
        _watch = new EvidenceWatch(_node.Node, _haproxy);
        _node.SetRollout("cart", running: true);
    }

    [Fact]
    public async Task Less_than_half_of_a_backends_requests_logged_for_five_turns_is_a_problem_until_they_are()
    {
        await TurnAsync(0, 0);
        for (var turn = 0; turn < 4; turn++) await TurnAsync(10, 4);
        _watch.Problem.ShouldBeNull();

        await TurnAsync(10, 4);
        _watch.Problem.ShouldBe("50 requests to backend cart ended, and 20 records of them came: has every frontend that they arrive at the log line?");

        await TurnAsync(0, 0);
        _watch.Problem.ShouldNotBeNull();
        await TurnAsync(10, 10);
        _watch.Problem.ShouldBeNull();
    }

    [Theory]
    // Half of them; few of them; a record that comes in the turn after its request.
    [InlineData(10, 5, 10, 5)]
    [InlineData(3, 1, 3, 1)]
    [InlineData(10, 4, 10, 16)]
    public async Task What_may_be_chance_is_no_problem(int requests, int records, int nextRequests, int nextRecords)
    {
        await TurnAsync(0, 0);
        for (var turn = 0; turn < 6; turn++) await (turn % 2 == 0 ? TurnAsync(requests, records) : TurnAsync(nextRequests, nextRecords));

        _watch.Problem.ShouldBeNull();
    }

    [Fact]
    public async Task Turns_before_HAProxy_began_anew_count_no_more()
    {
        await TurnAsync(0, 0);
        for (var turn = 0; turn < 5; turn++) await TurnAsync(10, 4);
        _haproxy.HAProxy.Restart();
        _requests = 0;

        await TurnAsync(10, 4);

        _watch.Problem.ShouldBeNull();
    }

    [Fact]
    public async Task A_change_of_an_application_forgets_no_record()
    {
        await TurnAsync(0, 0);
        for (var turn = 0; turn < 5; turn++)
        {
            if (turn == 2) _node.Delete("shop");
            await TurnAsync(10, 4);
        }

        _watch.Problem.ShouldStartWith("50 requests to backend cart ended, and 20 records");
    }

    /// <summary>A turn in which so many requests of the backend ended, and so many of their records came.</summary>
    private async Task TurnAsync(int requests, int records)
    {
        _requests += requests;
        _node.Log("cart blue1 200 -- 0 0/0/1 - -", records);
        _haproxy.Counts[ProxyName.Parse("cart")] = new BackendCounts(_requests, new Dictionary<ProxyName, long>());
        await _watch.TurnAsync(CancellationToken.None);
    }
}
