using System.Globalization;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Overview;

/// <summary>What is asked for one side of an application's charts.</summary>
/// <remarks>What agents count of each request comes first: of all applications, else of those with a rollout. Where nobody collects it, HAProxy's exporter fills in (MetricsQL's <c>default</c>).</remarks>
/// <param name="Errors">Failed requests as a part of all, 0 to 1.</param>
/// <param name="Requests">Requests a second.</param>
/// <param name="Latency">A quantile, in seconds.</param>
/// <param name="MeanLatency">HAProxy's own mean of the last 1,024 requests, in seconds: where nobody counts quantiles.</param>
public sealed record ChartQueries(string Errors, string Requests, string Latency, string MeanLatency)
{
    /// <summary>Rates look back at least this far: over shorter times a scrape may be missing.</summary>
    public static readonly TimeSpan LeastWindow = TimeSpan.FromSeconds(20);

    private const string Answers = "haproxy_server_http_responses_total{proxy=\"{{backend}}\",server=~\"{{server}}\"";

    /// <param name="quantile">Between 0 and 1.</param>
    public static ChartQueries Of(AppName app, Routing routing, Colour colour, TimeSpan step, double quantile)
    {
        var window = step > LeastWindow ? step : LeastWindow;
        var values = TemplateValues.Of(app, routing, colour, window);
        string Resolve(string template) => QueryTemplate.Parse(template).Resolve(values);
        const string counted = "{app=\"{{app}}\",colour=\"{{colour}}\"}[{{window}}]";
        var (all, bad) = (Rate($"{Answers}}}[{{{{window}}}}]"), Rate($"{Answers},code=\"5xx\"}}[{{{{window}}}}]"));
        var (coarse, fine) = (Rate(EvidenceSeries.CoarseRequests + counted), Rate(EvidenceSeries.Requests + counted));
        string Quantile(string buckets) => string.Create(CultureInfo.InvariantCulture, $"histogram_quantile({quantile}, sum(rate({buckets}{counted})) by (le))");
        return new ChartQueries(
            Resolve($"({Rate(EvidenceSeries.CoarseBad + counted)} / ({coarse} > 0)) default ({Rate(EvidenceSeries.Bad + counted)} / ({fine} > 0)) default ({bad} / ({all} > 0))"),
            Resolve($"{coarse} default {fine} default {all}"),
            Resolve($"{Quantile(EvidenceSeries.CoarseLatencyBucket)} default {Quantile(EvidenceSeries.LatencyBucket)}"),
            Resolve("avg(haproxy_server_response_time_average_seconds{proxy=\"{{backend}}\",server=~\"{{server}}\"})"));
    }

    private static string Rate(string series) => $"sum(rate({series}))";

    /// <summary>Green's share as the nodes were read back with it, in percent: the least, or the most of them.</summary>
    public static string Observed(AppName app, bool most) => $"100 * {(most ? "max" : "min")}(trafficshifter_observed_share_ratio{{app=\"{app}\",colour=\"green\"}})";
}
