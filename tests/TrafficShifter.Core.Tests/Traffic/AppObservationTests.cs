using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

public sealed class AppObservationTests
{
    private static readonly ProcessIdentity Process = new(7, 1_000, "2.6.12", Stopping: false);
    private static readonly TrafficSnapshot NinetyTen = Some.Snapshot(Some.Definition.At(1), Some.State.At(1), Some.Weights(90, 10).At(5));

    [Fact]
    public void Weights_that_were_read_back_as_planned_are_in_sync()
    {
        var (seen, commands) = Look(NinetyTen, Servers.Reading("blue1", 252), Servers.Reading("green1", 28));
        commands.ShouldBeEmpty();
        (seen.InSync, seen.Served, seen.Index, seen.Problem).ShouldBe((true, true, 5ul, null));
        (seen.Wanted, seen.Observed, seen.Achievable).ShouldBe((Share.OfBasisPoints(1_000), Share.OfBasisPoints(1_000), Share.OfBasisPoints(1_000)));
        seen.Process.ShouldBe(Process);
    }

    [Fact]
    public void A_difference_is_not_in_sync_and_says_what_to_send()
    {
        var (seen, commands) = Look(NinetyTen, Servers.Reading("blue1", 256), Servers.Reading("green1", 0));
        seen.InSync.ShouldBeFalse();
        seen.Observed.ShouldBe(Share.None);
        commands.ShouldNotBeEmpty();
    }

    [Fact]
    public void A_HAProxy_without_the_backend_does_not_serve_the_application()
    {
        var reading = new LoadBalancerReading(Process, new Dictionary<ProxyName, IReadOnlyList<ServerReading>>());
        var (seen, commands) = AppObservation.Of("hap1", NinetyTen.Find(Some.Shop), NinetyTen.Desired(), reading, Some.Noon);
        (seen.Served, seen.InSync, seen.Problem).ShouldBe((false, false, "this HAProxy has no backend \"shop\""));
        commands.ShouldBeEmpty();
    }

    [Fact]
    public void Nothing_that_says_where_to_means_that_nothing_is_sent()
    {
        var (seen, commands) = Look(Some.Snapshot(Some.Definition.At(1), Some.State.At(1)), Servers.Reading("blue1", 1), Servers.Reading("green1", 99));
        commands.ShouldBeEmpty();
        (seen.InSync, seen.Wanted, seen.Index).ShouldBe((false, null, 0ul));
        seen.Problem.ShouldBe("nothing valid says where the traffic should go: the weights stay as they are");
    }

    [Fact]
    public void A_colour_without_a_usable_server_gets_no_more_than_it_has_unless_forced()
    {
        ServerReading[] servers = [Servers.Reading("blue1", 256), Servers.Reading("green1", 0, health: ServerHealth.Down)];
        var (seen, commands) = Look(NinetyTen, servers);
        commands.ShouldBeEmpty();
        (seen.InSync, seen.Problem).ShouldBe((false, "green has no usable server in backend \"shop\" and would get more of the traffic: the servers keep their weights"));
        var forced = Some.Snapshot(Some.Definition.At(1), Some.State.At(1), (Some.Weights(90, 10) with { Force = true }).At(5));
        Look(forced, servers).Commands.ShouldNotBeEmpty();
    }

    public static readonly TheoryData<bool, bool, ulong, NodeProgress> Judgements = new()
    {
        { true, true, 5, NodeProgress.Observed },
        { true, true, 9, NodeProgress.Observed },
        { true, true, 4, NodeProgress.Lagging },
        { true, false, 4, NodeProgress.Lagging },
        { true, false, 5, NodeProgress.Failing },
        { false, false, 4, NodeProgress.NotServing },
        { false, false, 5, NodeProgress.NotServing },
    };

    [Theory]
    [MemberData(nameof(Judgements))]
    public void A_node_is_judged_by_its_watermark_before_its_word(bool served, bool inSync, ulong watermark, NodeProgress progress)
    {
        var seen = new AppObservation { Node = "hap1", App = Some.Shop, Served = served, InSync = inSync, Index = 3, Problem = inSync ? null : "why" };
        var status = NodeStatus.Of("hap1", seen, watermark, 5);
        (status.Progress, status.Problem, status.Observation).ShouldBe((progress, seen.Problem, seen));
    }

    [Fact]
    public void A_node_that_does_not_answer_is_unknown_and_never_done()
    {
        var status = NodeStatus.Unknown("hap1", "did not answer in 1s");
        (status.Progress, status.Observation, status.Problem).ShouldBe((NodeProgress.Unknown, null, "did not answer in 1s"));
    }

    private static (AppObservation Observation, IReadOnlyList<SetServerWeight> Commands) Look(TrafficSnapshot snapshot, params ServerReading[] servers) => AppObservation.Of(
        "hap1", snapshot.Find(Some.Shop), snapshot.Desired(),
        new LoadBalancerReading(Process, new Dictionary<ProxyName, IReadOnlyList<ServerReading>> { [Some.Definition.Routing.Backend!] = servers }), Some.Noon);
}
