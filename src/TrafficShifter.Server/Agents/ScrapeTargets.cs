using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Evidence;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;

namespace TrafficShifter.Server.Agents;

/// <summary>A group of targets as <c>http_sd_configs</c> of Prometheus and VictoriaMetrics read them.</summary>
/// <param name="Targets">host:port.</param>
/// <param name="Labels"><c>node</c>, <c>exporter</c> (<c>traffic-shifter</c>, <c>evidence</c> or <c>haproxy</c>), and where the target differs from a scraper's defaults <c>__scheme__</c> and <c>__metrics_path__</c>.</param>
public sealed record ScrapeTargets(IReadOnlyList<string> Targets, IReadOnlyDictionary<string, string> Labels);

/// <summary>Service discovery for scrapers: every registered node, whether it lives or not, so that one that is away is seen to be down and not forgotten.</summary>
internal static class ScrapeTargetEndpoints
{
    private const string Ours = "traffic-shifter";
    private const string HAProxy = "haproxy";
    private const string Evidence = "evidence";

    public static void MapScrapeTargets(this IEndpointRouteBuilder api) =>
        api.MapGet("/nodes/prometheus-sd", FindAsync).WithName("ListScrapeTargets").Does(Verbs.Look).WithSummary("Where metrics are, for http_sd_configs; ?exporter=traffic-shifter, evidence or haproxy gives those alone")
            .Produces<IReadOnlyList<ScrapeTargets>>();

    private static async Task<Results<JsonHttpResult<IReadOnlyList<ScrapeTargets>>, ProblemHttpResult>> FindAsync(string? exporter, Fleet fleet, HttpContext http)
    {
        if (exporter is not (null or Ours or Evidence or HAProxy)) return ApiProblem.BadQuery("exporter", $"{Ours}, {Evidence} or {HAProxy}");
        var nodes = await fleet.ListAsync(http.RequestAborted);
        // An agent without an address of its own is in this process, which the scraper reaches as it reached us.
        var here = new Uri($"{http.Request.Scheme}://{http.Request.Host}/");
        var ours = nodes.GroupBy(n => n.Address is { } address && Uri.TryCreate(address, UriKind.Absolute, out var url) ? url : here)
            .Select(agent => (Url: agent.Key, Names: string.Join(',', agent.Select(n => n.Node))))
            .SelectMany(agent => (IEnumerable<ScrapeTargets>)[Target(new Uri(agent.Url, "/metrics"), Ours, agent.Names), Target(new Uri(agent.Url, EvidenceEndpoints.Path), Evidence, agent.Names)]);
        var proxies = nodes.Where(n => n.Exporter is not null && Uri.IsWellFormedUriString(n.Exporter, UriKind.Absolute)).Select(n => Target(new Uri(n.Exporter!), HAProxy, n.Node));
        return TypedResults.Json<IReadOnlyList<ScrapeTargets>>([.. ours.Concat(proxies).Where(t => exporter is null || t.Labels["exporter"] == exporter)], DocumentJson.Options);
    }

    private static ScrapeTargets Target(Uri url, string exporter, string node)
    {
        var labels = new Dictionary<string, string> { ["node"] = node, ["exporter"] = exporter };
        if (url.Scheme != Uri.UriSchemeHttp) labels["__scheme__"] = url.Scheme;
        if (url.AbsolutePath != "/metrics") labels["__metrics_path__"] = url.AbsolutePath;
        return new ScrapeTargets([$"{url.Host}:{url.Port}"], labels);
    }
}
