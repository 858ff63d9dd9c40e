using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Egress;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Egress;

namespace TrafficShifter.Server.Migrations;

/// <summary>Probes one colour of an application: one request, through the egress guard. With connections of its own, so that slow probes keep no sink and no hook waiting.</summary>
public sealed class Prober(EgressPolicy policy, EgressResolver resolve, EgressTrust trust, TimeProvider time) : IDisposable
{
    private const int ConnectionsPerServer = 64;
    private readonly EgressClient _egress = new(policy, resolve, time, trust, ConnectionsPerServer);

    /// <summary>Makes one request. Whatever the other side does is an answer.</summary>
    public async Task<ProbeAnswer> AskAsync(AppDefinition app, ReadinessProbe probe, Colour colour, CancellationToken cancellationToken)
    {
        if (FindUrl(app, probe, colour) is not { } url) return new ProbeAnswer.Unasked($"{app.Name} has no host, and the probe needs one");
        if (policy.FindProblem(url) is { } forbidden) return new ProbeAnswer.Unasked(forbidden);
        var headers = (probe.Headers ?? new Dictionary<string, string>()).ToDictionary(h => h.Key, h => ProbeTemplate.Resolve(h.Value, app, colour));
        if (headers.Values.Any(v => v is null)) return new ProbeAnswer.Unasked($"{app.Name} has no host, and a header of the probe needs one");
        var (uri, began) = (new Uri(url), time.GetTimestamp());
        var reply = await _egress.AskAsync(probe.Method == ProbeMethod.Head ? HttpMethod.Head : HttpMethod.Get, uri, headers!, probe.Version?.Header, probe.Timeout, cancellationToken);
        return reply switch
        {
            EgressReply.Answered answered => new ProbeAnswer.Answered(uri.IdnHost, answered.Status, time.GetElapsedTime(began), probe.Version is { } source ? ProbeReadiness.FindVersion(source, answered.Header, answered.Text) : null),
            EgressReply.Forbidden refused => new ProbeAnswer.Unasked(refused.Problem),
            EgressReply.Silent silent => new ProbeAnswer.Silent(silent.Problem),
            _ => throw new InvalidOperationException("a reply is answered, forbidden or silent"),
        };
    }

    /// <summary>Why an application's probe and release cannot be asked where they would be, with JSON pointers into the preflight; none when nothing speaks against it so far.</summary>
    public IReadOnlyList<PlanProblem> FindRefusals(AppDefinition app, Preflight preflight) =>
        [.. (preflight.Probe is { } probe ? FindRefusals(app, probe) : []).DistinctBy(r => r.Pointer), .. preflight.Release is { } release ? FindRefusals(app, release) : []];

    /// <summary>The same for all applications of a campaign, each problem once with those that have it.</summary>
    /// <param name="at">JSON pointer of the campaign's preflight in what was sent.</param>
    public IReadOnlyList<PlanProblem> FindRefusals(IEnumerable<AppDefinition> apps, Preflight? campaign, string at) =>
    [
        .. apps.SelectMany(app => FindRefusals(app, Preflight.Of(app.Preflight, campaign)).Select(problem => (app.Name, problem)))
            .GroupBy(p => p.problem, p => p.Name)
            .Select(g => new PlanProblem(at + g.Key.Pointer, $"{Selection.Names(g)}: {g.Key.Detail}")),
    ];

    private IEnumerable<PlanProblem> FindRefusals(AppDefinition app, ReadinessProbe probe)
    {
        foreach (var colour in new[] { Colour.Blue, Colour.Green })
        {
            var member = (colour == Colour.Blue ? probe.Blue : probe.Green) is null ? "url" : colour.Word();
            var problem = FindUrl(app, probe, colour) is { } url ? policy.FindProblem(url) : $"{app.Name} has no host, and the probe needs one";
            if (problem is not null) yield return new PlanProblem($"/probe/{member}", problem);
        }
    }

    private IEnumerable<PlanProblem> FindRefusals(AppDefinition app, ReleaseRequest release)
    {
        if (ProbeTemplate.Resolve(release.Url, app, Colour.Blue) is { } url && policy.FindProblem(url) is { } problem) yield return new PlanProblem("/release/url", problem);
    }

    public void Dispose() => _egress.Dispose();

    private static string? FindUrl(AppDefinition app, ReadinessProbe probe, Colour colour) => probe.UrlOf(colour) is { } url ? ProbeTemplate.Resolve(url, app, colour) : null;
}
