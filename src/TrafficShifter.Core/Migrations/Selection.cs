using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>The applications of a migration's waves, resolved once.</summary>
/// <param name="Waves">One for each wave, in its order; each in the order in which its applications move.</param>
/// <param name="Problems">Everything that is wrong with the selection; a migration with any does not start.</param>
public sealed record Selection(IReadOnlyList<IReadOnlyList<AppTraffic>> Waves, IReadOnlyList<PlanProblem> Problems)
{
    /// <summary>Names that one problem spells out.</summary>
    private const int MostNamed = 20;

    public int Count => Waves.Sum(w => w.Count);

    /// <summary>What each wave matches of <paramref name="apps"/>.</summary>
    public static Selection Of(MigrationDefinition definition, IEnumerable<AppTraffic> apps)
    {
        var known = apps.Where(a => a.Exists).ToList();
        var names = known.Select(a => a.Name).ToHashSet();
        var waves = definition.Waves.Select(w => Order(definition.Order, w, known.Where(a => w.Select.Matches(a.Definition.Value!)))).ToList();
        var waveOf = new Dictionary<AppName, int>();
        var problems = new List<PlanProblem>();
        for (var i = 0; i < waves.Count; i++)
        {
            var (select, at) = (definition.Waves[i].Select, $"/{Wave.At(i)}/select");
            var unknown = (select.Apps ?? []).Where(a => !names.Contains(a)).ToList();
            if (unknown.Count > 0) problems.Add(new($"{at}/apps", $"there is no application {Names(unknown)}"));
            if (waves[i].Count == 0) problems.Add(new(at, $"matches no application ({select.Describe()})"));
            foreach (var other in waves[i].Where(a => waveOf.ContainsKey(a.Name)).GroupBy(a => waveOf[a.Name]))
                problems.Add(new(at, $"{Names(other.Select(a => a.Name))} {(other.Count() == 1 ? "is" : "are")} of wave {definition.Waves[other.Key].Name} too: an application moves once"));
            foreach (var app in waves[i]) waveOf.TryAdd(app.Name, i);
        }
        var count = waves.Sum(w => w.Count);
        if (count > MigrationDefinition.MaxApps) problems.Add(new("/waves", $"at most {MigrationDefinition.MaxApps} applications, not {count}"));
        return new Selection(waves, [.. problems, .. MoveDependencies.CheckWaves(definition, waveOf)]);
    }

    /// <summary><c>"shop"</c>, <c>"shop", "cart" and 3 others</c>.</summary>
    public static string Names(IEnumerable<AppName> apps)
    {
        var all = apps.Select(a => $"\"{a}\"").ToList();
        return all.Count <= MostNamed ? string.Join(", ", all) : $"{string.Join(", ", all.Take(MostNamed))} and {all.Count - MostNamed} others";
    }

    private static IReadOnlyList<AppTraffic> Order(MoveOrder order, Wave wave, IEnumerable<AppTraffic> apps)
    {
        var byName = apps.OrderBy(a => a.Name.Value, StringComparer.Ordinal);
        var place = order == MoveOrder.Listed ? (wave.Select.Apps ?? []).Select((a, i) => (a, i)).DistinctBy(p => p.a).ToDictionary(p => p.a, p => p.i) : [];
        return order switch
        {
            MoveOrder.Criticality => [.. byName.OrderBy(a => a.Definition.Value!.Criticality ?? AppDefinition.UsualCriticality)],
            MoveOrder.Listed => [.. byName.OrderBy(a => place.GetValueOrDefault(a.Name, int.MaxValue))],
            _ => [.. byName],
        };
    }
}
