using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Traffic;

public sealed class HAProxyVersionsTests
{
    [Theory]
    [InlineData("2.6.12-1+deb12u4", true, true)]
    [InlineData("3.3-dev1", true, true)]
    [InlineData("2.10.0", true, true)]
    [InlineData("2.5.14", true, false)]
    [InlineData("2.4.0", true, false)]
    [InlineData("2.3.21", false, false)]
    [InlineData("1.8.30", false, false)]
    [InlineData("of our own", true, true)]
    public void Each_routing_has_an_oldest_version(string version, bool weights, bool map)
    {
        (HAProxyVersions.FindProblem(version, RoutingKind.Weights) is null).ShouldBe(weights);
        (HAProxyVersions.FindProblem(version, RoutingKind.Map) is null).ShouldBe(map);
        (HAProxyVersions.FindProblem(version) is null).ShouldBe(map);
    }

    [Fact]
    public void What_an_older_one_has_is_not_counted_as_done()
    {
        var snapshot = Some.Snapshot(Some.Definition.At(1), Some.State.At(1), Some.Weights(50, 50).At(5));
        var reading = new LoadBalancerReading(new ProcessIdentity(7, null, "2.2.33", Stopping: false), new Dictionary<ProxyName, IReadOnlyList<ServerReading>>
        {
            [ProxyName.Parse("shop")] = [Servers.Reading("blue1", 256), Servers.Reading("green1", 256)],
        });

        var (seen, _) = AppObservation.Of("hap1", snapshot.Find(Some.Shop), snapshot.Desired(), reading, Some.Noon);

        (seen.InSync, seen.Problem).ShouldBe((false, "its HAProxy is 2.2.33: older than 2.4, the oldest for `weights` routing; what is set there is not counted as done"));
    }
}
