using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>What the history keeps of target rules: how many of each, and the first differences. Never ten thousand users.</summary>
public sealed record TargetSummary : Document
{
    public const int MaxDifferences = 20;

    public required int Users { get; init; }

    public required int OptOut { get; init; }

    public required int Groups { get; init; }

    public required int Networks { get; init; }

    /// <summary>What differs from the rules before, up to 20: <c>user alice → green</c>, <c>bob opted out</c>, <c>group staff (header): no rule</c>.</summary>
    public IReadOnlyList<string>? Differences { get; init; }

    /// <summary>Differences that are not listed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int MoreDifferences { get; init; }

    public static TargetSummary Of(TargetRules rules) => new() { Users = rules.Users.Count, OptOut = rules.OptOut.Count, Groups = rules.Groups.Count, Networks = rules.Networks.Count };

    public static TargetSummary Of(TargetRules rules, IReadOnlyCollection<string> differences) =>
        Of(rules) with { Differences = [.. differences.Take(MaxDifferences)], MoreDifferences = Math.Max(0, differences.Count - MaxDifferences) };

    /// <summary>Everything that differs, one sentence each.</summary>
    public static IReadOnlyList<string> Compare(TargetRules before, TargetRules after)
    {
        var (outBefore, outAfter) = (before.OptOut.ToHashSet(), after.OptOut.ToHashSet());
        return
        [
            .. Compare(before.Users.ToDictionary(), after.Users, user => $"user {user}"),
            .. outAfter.Except(outBefore).Select(user => $"{user} opted out"),
            .. outBefore.Except(outAfter).Select(user => $"{user} opted in again"),
            .. Compare(before.Groups.ToDictionary(g => (g.Group, g.By), g => g.To), after.Groups.ToDictionary(g => (g.Group, g.By), g => g.To), g => $"group {g.Group} ({g.By.ToString().ToLowerInvariant()})"),
            .. Compare(before.Networks.ToDictionary(n => n.Network, n => n.To), after.Networks.ToDictionary(n => n.Network, n => n.To), network => $"network {network}"),
        ];
    }

    private static IEnumerable<string> Compare<T>(Dictionary<T, Colour> before, IReadOnlyDictionary<T, Colour> after, Func<T, string> nameOf)
        where T : notnull =>
        after.Where(rule => !before.TryGetValue(rule.Key, out var was) || was != rule.Value).Select(rule => $"{nameOf(rule.Key)} → {rule.Value.Word()}")
            .Concat(before.Keys.Where(key => !after.ContainsKey(key)).Select(key => $"{nameOf(key)}: no rule"));
}
