using System.Text;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Migrations;

/// <summary>What a preflight must keep to, beyond its form.</summary>
internal static class PreflightRules
{
    private const int MaxQueryBytes = 16 * 1024;

    public static IEnumerable<PlanProblem> Of(Preflight preflight)
    {
        foreach (var problem in preflight.Probe is { } probe ? ProbeRules.Of(probe) : []) yield return problem;
        foreach (var problem in preflight.Queries is { } queries ? Of(queries) : []) yield return problem;
        foreach (var problem in preflight.Release is { } release ? Of(release) : []) yield return problem;
    }

    private static IEnumerable<PlanProblem> Of(IReadOnlyList<ReadinessQuery> queries)
    {
        if (queries.Count > Preflight.MaxQueries) yield return new("/queries", $"at most {Preflight.MaxQueries} queries, not {queries.Count}");
        var size = queries.Sum(q => Encoding.UTF8.GetByteCount(q.Query));
        if (size > MaxQueryBytes) yield return new("/queries", $"all queries together have at most {MaxQueryBytes} bytes, not {size}");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < queries.Count; i++)
        {
            if (!seen.Add(queries[i].Name)) yield return new($"/queries/{i}/name", $"there are two queries named \"{queries[i].Name}\"");
            foreach (var problem in Of(queries[i], $"/queries/{i}")) yield return problem;
        }
    }

    private static IEnumerable<PlanProblem> Of(ReadinessQuery query, string at)
    {
        if (!PlanRules.IsName(query.Name, Check.MaxNameLength)) yield return new($"{at}/name", PlanRules.NameRule("a query's name"));
        if (query.Query.Length > ReadinessQuery.MaxQueryLength) yield return new($"{at}/query", $"at most {ReadinessQuery.MaxQueryLength} characters, not {query.Query.Length}");
        else if (QueryTemplate.FindProblem(query.Query) is { } wrong) yield return new($"{at}/query", wrong);
        else if (query.Equal && !QueryTemplate.Parse(query.Query).TellsSides)
            yield return new($"{at}/equal", "the query asks the same of both colours, with none of {{colour}}, {{stable}} and {{server}} in it: it would always be equal");
        if (query is { Min: null, Max: null, Equal: false }) yield return new(at, "a query needs min, max or equal");
        if (query.Min is { } min && !double.IsFinite(min)) yield return new($"{at}/min", "not a finite number");
        if (query.Max is { } max && !double.IsFinite(max)) yield return new($"{at}/max", "not a finite number");
        if (query.Min > query.Max) yield return new($"{at}/min", "min is above max: nothing could be ready");
        if (query.Window < Check.MinWindow || query.Window > Check.MaxWindow) yield return PlanRules.OutOfRange($"{at}/window", query.Window, Check.MinWindow, Check.MaxWindow);
    }

    private static IEnumerable<PlanProblem> Of(ReleaseRequest release)
    {
        if (ProbeRules.FindUrlProblem(release.Url, withHost: false) is { } url) yield return new("/release/url", url);
        if (release.Timeout < ReleaseRequest.MinTimeout || release.Timeout > ReleaseRequest.MaxTimeout) yield return PlanRules.OutOfRange("/release/timeout", release.Timeout, ReleaseRequest.MinTimeout, ReleaseRequest.MaxTimeout);
        if (release.Interval < Hook.MinInterval || release.Interval > Hook.MaxInterval) yield return PlanRules.OutOfRange("/release/interval", release.Interval, Hook.MinInterval, Hook.MaxInterval);
        if (release.Deadline < ReleaseRequest.MinDeadline || release.Deadline > ReleaseRequest.MaxDeadline) yield return PlanRules.OutOfRange("/release/deadline", release.Deadline, ReleaseRequest.MinDeadline, ReleaseRequest.MaxDeadline);
    }
}
