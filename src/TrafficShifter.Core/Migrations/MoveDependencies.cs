using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Rollouts;

namespace TrafficShifter.Core.Migrations;

/// <summary>Which applications wait for others: what may be asked for, and whether it can ever come true.</summary>
internal static class MoveDependencies
{
    public static IEnumerable<PlanProblem> CheckForm(MigrationDefinition definition)
    {
        if (definition.After is not { } after) yield break;
        if (after.Count > MigrationDefinition.MaxAfter) yield return new("/after", $"at most {MigrationDefinition.MaxAfter} applications, not {after.Count}");
        foreach (var (app, others) in after)
            if (others is null or { Count: 0 }) yield return new($"/after/{app}", "names none");
        if (FindCycle(after) is { } cycle) yield return new($"/after/{cycle[0]}", $"a cycle: {string.Join(" after ", cycle)}");
    }

    /// <param name="waveOf">The wave of each application that is selected, from 0.</param>
    public static IEnumerable<PlanProblem> CheckWaves(MigrationDefinition definition, IReadOnlyDictionary<AppName, int> waveOf)
    {
        foreach (var (app, others) in definition.After ?? new Dictionary<AppName, IReadOnlyList<AppName>>())
        {
            if (!waveOf.TryGetValue(app, out var wave))
            {
                yield return new($"/after/{app}", $"\"{app}\" is in no wave");
                continue;
            }
            foreach (var other in others)
            {
                if (!waveOf.TryGetValue(other, out var before)) yield return new($"/after/{app}", $"\"{other}\" is in no wave, so it never moves");
                else if (before > wave) yield return new($"/after/{app}", $"\"{other}\" is of a later wave ({definition.Waves[before].Name}) than \"{app}\" ({definition.Waves[wave].Name})");
            }
        }
    }

    /// <summary>The applications of a cycle, the first one again at its end; null when there is none.</summary>
    private static List<AppName>? FindCycle(IReadOnlyDictionary<AppName, IReadOnlyList<AppName>> after)
    {
        var done = new HashSet<AppName>();
        foreach (var start in after.Keys)
            if (Walk(start, []) is { } cycle) return cycle;
        return null;

        List<AppName>? Walk(AppName app, List<AppName> path)
        {
            if (path.IndexOf(app) is >= 0 and var at) return [.. path[at..], app];
            if (done.Contains(app) || !after.TryGetValue(app, out var others) || others is null) return null;
            path.Add(app);
            foreach (var other in others)
                if (Walk(other, path) is { } cycle) return cycle;
            path.RemoveAt(path.Count - 1);
            done.Add(app);
            return null;
        }
    }
}
