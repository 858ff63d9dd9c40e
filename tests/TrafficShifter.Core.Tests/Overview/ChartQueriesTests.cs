using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Overview;
using TrafficShifter.Core.Tests.Traffic;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Tests.Overview;

public sealed class ChartQueriesTests
{
    [Fact]
    public void What_agents_count_comes_first_and_the_exporter_fills_in()
    {
        var queries = ChartQueries.Of(Some.Shop, Some.Definition.Routing, Colour.Green, TimeSpan.FromSeconds(5), 0.99);

        queries.Requests.ShouldBe("sum(rate(trafficshifter_app_requests_total{app=\"shop\",colour=\"green\"}[20s])) default sum(rate(trafficshifter_evidence_requests_total{app=\"shop\",colour=\"green\"}[20s])) "
            + "default sum(rate(haproxy_server_http_responses_total{proxy=\"shop\",server=~\"green.*\"}[20s]))");
        queries.Latency.ShouldBe("histogram_quantile(0.99, sum(rate(trafficshifter_app_latency_seconds_bucket{app=\"shop\",colour=\"green\"}[20s])) by (le)) "
            + "default histogram_quantile(0.99, sum(rate(trafficshifter_evidence_latency_seconds_bucket{app=\"shop\",colour=\"green\"}[20s])) by (le))");
        queries.Errors.ShouldContain("trafficshifter_app_bad_requests_total{app=\"shop\",colour=\"green\"}[20s]");
        queries.Errors.ShouldContain("server=~\"green.*\",code=\"5xx\"}[20s]");
        ChartQueries.Observed(Some.Shop, most: true).ShouldBe("100 * max(trafficshifter_observed_share_ratio{app=\"shop\",colour=\"green\"})");
    }

    [Fact]
    public void A_longer_step_is_looked_back_over_as_a_whole() =>
        ChartQueries.Of(Some.Shop, Some.Definition.Routing, Colour.Blue, TimeSpan.FromMinutes(2), 0.5).Requests.ShouldContain("[120s]");

    [Fact]
    public void On_map_routing_each_colour_has_a_backend_of_its_own() =>
        ChartQueries.Of(Some.Shop, new Routing { Kind = RoutingKind.Map, Pool = PoolName.Parse("web") }, Colour.Blue, TimeSpan.FromSeconds(5), 0.5).Requests.ShouldContain("{proxy=\"web_blue\",server=~\".+\"}");
}
