using System.Text;
using TrafficShifter.Core.Access;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Telemetry;

namespace TrafficShifter.Server.Evidence;

/// <summary>What scrapers read: everything at <c>/metrics</c>, now and then; and the evidence of running rollouts, each second.</summary>
internal static class EvidenceEndpoints
{
    public const string Path = "/metrics/evidence";

    public static void MapMetrics(this IEndpointRouteBuilder routes)
    {
        var metrics = routes.MapGroup("").RequireAuthorization(Policies.Metrics).ExcludeFromDescription();
        metrics.MapGet("/metrics", WriteAllAsync).Does(Verbs.Metrics);
        metrics.MapGet(Path, WriteEvidenceAsync).Does(Verbs.Metrics);
    }

    private static async Task WriteAllAsync(HttpContext http, Exposition exposition)
    {
        http.Response.ContentType = Exposition.ContentType;
        Encoding.UTF8.GetBytes(exposition.Write(), http.Response.BodyWriter);
        http.RequestServices.GetService<EvidenceWorker>()?.WriteCoarse(http.Response.BodyWriter);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }

    private static async Task WriteEvidenceAsync(HttpContext http)
    {
        http.Response.ContentType = Exposition.ContentType;
        http.RequestServices.GetService<EvidenceWorker>()?.WriteActive(http.Response.BodyWriter);
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }
}
