using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Traffic;

/// <summary>How far an override is believed that an agent wrote into the store: an agent's word is worth no more than its node.</summary>
public static class OverrideReports
{
    /// <summary>Clocks may differ by this. What is further ahead is nobody's clock.</summary>
    public static readonly TimeSpan MostAhead = TimeSpan.FromHours(24);

    private const int MaxName = 200;

    /// <summary>Why it is not one, as a sentence; null when it can be.</summary>
    /// <param name="key">Where it was found.</param>
    /// <param name="nodes">The nodes that are registered.</param>
    public static string? FindProblem(string key, TrafficOverride given, IReadOnlySet<string> nodes, DateTimeOffset now) =>
        given.Node is not { } node || AppName.FindProblem(node) is not null ? "it names no node whose agent reports it"
        : key != Keys.Override(node, given.Id) ? $"it names {node}, and is not where the agent of {node} writes"
        : !nodes.Contains(node) ? $"{node} is no registered node"
        : OverrideOrder.FindTime(given.Id) is not { } made ? "its id is no ULID"
        : made > now + MostAhead ? $"its id is of {made:yyyy-MM-dd HH:mm} UTC, which is still to come"
        : given.By.Length is 0 or > MaxName || given.By.Any(char.IsControl) ? "whoever gave it has no name that can be one"
        : Identity.ReservedNames.Contains(given.By) ? $"\"{given.By}\" is how the service itself signs"
        : given.Reason.Length > ChangeNote.MaxReason ? $"its reason has more than {ChangeNote.MaxReason} characters"
        : null;
}
