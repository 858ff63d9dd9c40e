using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Migrations;

/// <summary>Asks whether an application's traffic may move to a colour now: its servers on every node, both colours by their probe, the metric source.</summary>
public sealed class ReadinessReader(TrafficFollower follower, LiveNodes nodes, Prober prober, IMetricSource metrics, MetricsWatch watch, TimeProvider time) : IDisposable
{
    private const int QueriesAtOnce = 16;
    private const int QueriesOfOne = 2;
    private readonly SemaphoreSlim _gate = new(QueriesAtOnce);

    /// <summary>Asks everything once. Never throws for what does not answer: that is a finding, and not ready.</summary>
    /// <param name="to">The colour that would get the traffic.</param>
    /// <param name="campaign">The campaign's preflight; null outside of one. The application's own goes before it, member by member.</param>
    public async Task<Readiness> ReadAsync(AppName app, Colour to, Preflight? campaign, CancellationToken cancellationToken)
    {
        var known = follower.Current.Find(app);
        if (known is not { Exists: true, Definition.Value: { } definition })
            return Readiness.Of(app, to, [new Finding("application", Verdict.Unknown, $"there is no application \"{app}\"")], time.GetUtcNow());
        var preflight = Preflight.Of(definition.Preflight, campaign);
        var servers = ReadServersAsync(known, to, preflight, cancellationToken);
        var probed = preflight.Probe is { } probe ? ProbeAsync(definition, probe, to, cancellationToken) : null;
        var queried = ReadQueriesAsync(definition, to, preflight.Queries ?? [], cancellationToken);
        List<Finding> findings = [.. await servers];
        SideVersions? versions = null;
        if (probed is not null)
        {
            (var seen, versions) = await probed;
            findings.AddRange(seen);
        }
        findings.AddRange(await queried);
        return Readiness.Of(app, to, findings, time.GetUtcNow(), versions);
    }

    /// <summary>As <see cref="ReadAsync"/>, and what fails is a finding too: readiness is not known then.</summary>
    public async Task<Readiness> LookAsync(AppName app, Colour to, Preflight? campaign, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadAsync(app, to, campaign, cancellationToken);
        }
        catch (Exception failed) when (!cancellationToken.IsCancellationRequested)
        {
            return Readiness.Of(app, to, [new Finding("look", Verdict.Unknown, $"it could not be looked at: {failed.Message}")], time.GetUtcNow());
        }
    }

    public void Dispose() => _gate.Dispose();

    private async Task<IReadOnlyList<Finding>> ReadServersAsync(AppTraffic app, Colour to, Preflight preflight, CancellationToken cancellationToken) =>
        ServerReadiness.Judge(await nodes.ObserveAsync(app, cancellationToken), to, preflight.MinHealthy ?? Preflight.DefaultMinHealthy);

    private async Task<(IReadOnlyList<Finding> Findings, SideVersions? Versions)> ProbeAsync(AppDefinition app, ReadinessProbe probe, Colour to, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(prober.AskAsync(app, probe, Colour.Blue, cancellationToken), prober.AskAsync(app, probe, Colour.Green, cancellationToken));
        return (ProbeReadiness.Judge(probe, to, answers[0], answers[1]), probe.Version is null ? null : ProbeReadiness.Versions(answers[0], answers[1]));
    }

    private async Task<IReadOnlyList<Finding>> ReadQueriesAsync(AppDefinition app, Colour to, IReadOnlyList<ReadinessQuery> queries, CancellationToken cancellationToken)
    {
        var findings = new Finding[queries.Count];
        await Parallel.ForAsync(0, queries.Count, new ParallelOptions { MaxDegreeOfParallelism = QueriesOfOne, CancellationToken = cancellationToken },
            async (i, token) => findings[i] = await ReadQueryAsync(app, to, queries[i], token));
        return findings;
    }

    private async Task<Finding> ReadQueryAsync(AppDefinition app, Colour to, ReadinessQuery query, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            var template = QueryTemplate.Parse(query.Query);
            var answer = await metrics.QueryAsync(template.Resolve(TemplateValues.Of(app.Name, app.Routing, to, query.Window)), cancellationToken);
            var other = query.Equal ? await metrics.QueryAsync(template.Resolve(TemplateValues.Of(app.Name, app.Routing, to.Other(), query.Window)), cancellationToken) : null;
            return QueryReadiness.Judge(query, to, answer, other, watch.SourceNow - time.GetUtcNow());
        }
        catch (MetricSourceUnavailableException away)
        {
            return QueryReadiness.Unknown(query, away.Message);
        }
        finally
        {
            _gate.Release();
        }
    }
}
