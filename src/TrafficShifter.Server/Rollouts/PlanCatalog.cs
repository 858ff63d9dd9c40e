using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Server.Problems;

namespace TrafficShifter.Server.Rollouts;

/// <summary>A plan of the catalogue.</summary>
/// <param name="Parsed">Null when there is none of the name. A stored one is read as strictly as one that is sent.</param>
/// <param name="ModifyIndex">0 when it is built in.</param>
public sealed record NamedPlan(PlanParsing? Parsed, ulong ModifyIndex)
{
    public Plan? Plan => (Parsed as PlanParsing.Good)?.Plan;

    /// <summary>What is wrong with it as it is stored; null when nothing is.</summary>
    public string? Problem => Parsed is PlanParsing.Refused { Problems: [var first, ..] } ? $"{first.Pointer}: {first.Detail}" : null;
}

/// <summary>The plans by their names: built in, and stored under <c>plans/</c>.</summary>
public sealed class PlanCatalog(ITrafficStore store)
{
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<NamedPlan> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (Presets.Find(name) is { } preset) return new NamedPlan(new PlanParsing.Good(preset), 0);
        return Plan.IsName(name) && await store.FindAsync(Keys.Plan(name), cancellationToken) is { } entry
            ? new NamedPlan(PlanParser.Parse(entry.Value), entry.ModifyIndex)
            : new NamedPlan(null, 0);
    }

    /// <summary>All plans that can be used, those built in first.</summary>
    public async Task<IReadOnlyList<Plan>> ListAsync(CancellationToken cancellationToken)
    {
        var stored = (await store.ListAsync(Keys.Plans, cancellationToken)).Entries.Select(e => PlanParser.Parse(e.Value)).OfType<PlanParsing.Good>();
        return [.. Presets.All, .. stored.Select(s => s.Plan)];
    }

    /// <summary>The plan of a rollout: the one that was sent, the one that was named, or the application's own.</summary>
    /// <param name="sent">A plan, a name, or nothing.</param>
    /// <param name="app">Null: the plan is for many applications, and must have been sent.</param>
    public async Task<(Plan? Plan, ProblemHttpResult? Refused)> ChooseAsync(JsonElement? sent, AppDefinition? app, CancellationToken cancellationToken)
    {
        if (sent is { ValueKind: not (JsonValueKind.String or JsonValueKind.Null) } inline) return Take(PlanParser.Parse(inline));
        var name = sent is { ValueKind: JsonValueKind.String } text ? text.GetString()! : app?.Plan;
        if (name is null) return (null, ApiProblem.Impossible("/plan", $"a plan or the name of one is needed: {(app is null ? "none was sent" : $"\"{app.Name}\" has none of its own")}, and there are {await NamesAsync(cancellationToken)}"));
        var found = await FindAsync(name, cancellationToken);
        if (found.Problem is { } problem) return (null, ApiProblem.Impossible("/plan", $"plan \"{name}\" as it is stored cannot be used: {problem}"));
        return found.Plan is { } plan ? (plan, null) : (null, ApiProblem.Impossible("/plan", $"there is no plan \"{name}\"; there are {await NamesAsync(cancellationToken)}"));
    }

    /// <summary>An application's own plan must be there: a rollout that names none would be refused when it is needed.</summary>
    /// <returns>What an application's transaction requires, so that the plan is still there when it is written; none for one that is built in.</returns>
    public async Task<(Change[] Required, ProblemHttpResult? Refused)> RequireAsync(string? name, CancellationToken cancellationToken)
    {
        if (name is null) return ([], null);
        var found = await FindAsync(name, cancellationToken);
        if (found.Problem is { } problem) return ([], ApiProblem.Impossible("/plan", $"plan \"{name}\" as it is stored cannot be used: {problem}"));
        if (found.Plan is null) return ([], ApiProblem.Impossible("/plan", $"there is no plan \"{name}\"; there are {await NamesAsync(cancellationToken)}"));
        return (found.ModifyIndex == 0 ? [] : [new Change.Unchanged(Keys.Plan(name), found.ModifyIndex)], null);
    }

    private static (Plan? Plan, ProblemHttpResult? Refused) Take(PlanParsing parsed) => parsed switch
    {
        PlanParsing.Good good => (good.Plan, null),
        PlanParsing.Refused refused => (null, Refuse(refused, "/plan")),
        _ => throw new ArgumentOutOfRangeException(nameof(parsed)),
    };

    /// <param name="at">JSON pointer of the plan in what was sent.</param>
    public static ProblemHttpResult Refuse(PlanParsing.Refused refused, string at) =>
        ApiProblem.Impossible(refused.Problems.GroupBy(p => at + p.Pointer).ToDictionary(p => p.Key, p => string.Join("; ", p.Select(x => x.Detail))));

    private async Task<string> NamesAsync(CancellationToken cancellationToken) => string.Join(", ", (await ListAsync(cancellationToken)).Select(p => p.Name).Take(20));
}
