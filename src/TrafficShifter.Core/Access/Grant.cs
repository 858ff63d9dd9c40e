using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Access;

/// <summary>A role, and what it is limited to.</summary>
/// <param name="Apps">Names of applications; null: not limited by name.</param>
/// <param name="Owners">Owners of applications, as their definitions spell them; null: not limited by owner. With <paramref name="Apps"/>: either is enough.</param>
/// <param name="Verbs">Names of the verbs; null: all of the role. What everybody may, and to view, is always in.</param>
public sealed record Grant(Role Role, IReadOnlyList<AppPattern>? Apps = null, IReadOnlyList<string>? Owners = null, IReadOnlyList<string>? Verbs = null)
{
    public bool IsForAllApps => Apps is null && Owners is null;

    /// <summary>Whether it holds for an application.</summary>
    /// <param name="owners">Its owners; empty when it is not known.</param>
    public bool Covers(AppName app, IReadOnlyCollection<string> owners) =>
        IsForAllApps || Apps?.Any(p => p.Matches(app)) == true || Owners?.Any(o => owners.Contains(o, StringComparer.Ordinal)) == true;

    /// <summary>Whether it permits a verb where it holds.</summary>
    public bool Permits(Verb verb) =>
        Role >= verb.Least && (Verbs is null || verb.Reach == Reach.Common || verb == Access.Verbs.View || Verbs.Contains(verb.Name, StringComparer.Ordinal));

    /// <summary>For people: <c>operator of shop-*, owner payments (start, pause)</c>.</summary>
    public string Describe()
    {
        var limits = (Apps ?? []).Select(a => a.Value).Concat((Owners ?? []).Select(o => $"owner {o}")).ToList();
        return $"{Role.ToString().ToLowerInvariant()}{(IsForAllApps ? "" : $" of {(limits.Count == 0 ? "no application" : string.Join(", ", limits))}")}{(Verbs is null ? "" : $" ({string.Join(", ", Verbs)})")}";
    }
}
