using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Access;

/// <summary>Somebody who calls the API, and what they may.</summary>
/// <param name="Name">As the history names them.</param>
/// <param name="Token">Id of the token; null for somebody whom a trusted proxy names.</param>
/// <param name="Groups">Groups as a trusted proxy names them.</param>
public sealed record Identity(string Name, string? Token, IReadOnlyList<Grant> Grants, IReadOnlyList<string> Groups)
{
    /// <summary>The service's own signatures in the history: nobody else has one of these names.</summary>
    public static readonly IReadOnlyList<string> ReservedNames = ["agent", "controller", "failsafe", "hand", "scraper", "unknown"];

    /// <summary>Whether the verb is permitted for an application.</summary>
    /// <param name="owners">The application's owners; empty when it is not known.</param>
    public bool Permits(Verb verb, AppName app, IReadOnlyCollection<string> owners) => Grants.Any(g => g.Permits(verb) && g.Covers(app, owners));

    /// <summary>Whether the verb is permitted where no application is named: for all at once, or for some, of which then only those are shown.</summary>
    public bool Permits(Verb verb) => Grants.Any(g => g.Permits(verb) && (verb.Reach != Reach.Fleet || g.IsForAllApps));

    /// <summary>Permitted for some application that is there no more or not yet: then the definition's own owners decide.</summary>
    public bool MayDefine => Grants.Any(g => g.Permits(Verbs.Define) && g.Owners is not null);

    public bool IsAdminOfAll => Permits(Verbs.Tokens);

    /// <summary>The names that it goes by at a gate: its own, and its groups as <c>group:NAME</c>.</summary>
    public IEnumerable<string> GateNames => Groups.Select(g => $"group:{g}").Prepend(Name);

    /// <summary>The verbs that are permitted for an application, of those that are asked for.</summary>
    public IReadOnlyList<string> Can(IEnumerable<Verb> verbs, AppName app, IReadOnlyCollection<string> owners) => [.. verbs.Where(v => Permits(v, app, owners)).Select(v => v.Name)];

    /// <summary>The verbs that are permitted and belong to no single application.</summary>
    public IReadOnlyList<string> CanWithoutApp() => [.. Verbs.All.Where(v => v.Reach != Reach.App && Permits(v)).Select(v => v.Name)];

    /// <summary>Why a verb is refused, in words that say whom to ask.</summary>
    /// <param name="app">Null: none is named.</param>
    public string Refuse(Verb verb, AppName? app, IReadOnlyCollection<string> owners)
    {
        var who = $"\"{Name}\" ({(Grants.Count == 0 ? "no role" : string.Join("; ", Grants.Select(g => g.Describe())))})";
        var role = verb.Least.ToString().ToLowerInvariant();
        if (app is null) return $"{who} may not {verb.What}: that needs the role {role}{(verb.Reach == Reach.Fleet ? " for all applications" : "")}. Ask an admin.";
        // Who may not see it learns neither whether it is there nor whose it is.
        if (!Permits(Verbs.View, app, owners)) return $"{who} may not see \"{app}\". Ask an admin.";
        return $"{who} may view \"{app}\"; to {verb.What} needs {Article(role)} {role} of it{(Grants.Any(g => g.Verbs is not null) ? $" whose verbs have {verb.Name}" : "")}. Ask {(owners.Count > 0 ? $"its owners ({string.Join(", ", owners)}) or " : "")}an admin.";
    }

    private static string Article(string word) => word[0] is 'a' or 'o' ? "an" : "a";
}
