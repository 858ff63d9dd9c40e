using System.Text.Json.Serialization;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>One share of a plan, and what must be so before the next one.</summary>
/// <param name="Share">Part of the traffic that the colour being moved to gets, above 0 %.</param>
/// <param name="Hold">How long the share serves and passes its checks before the next step. 1 s to 7 days.</param>
public sealed record Step(Share Share, TimeSpan Hold)
{
    public const int MaxIterations = 1_000;
    public static readonly TimeSpan MinHold = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan MaxHold = TimeSpan.FromDays(7);

    /// <summary>The share is what suits the traffic when the rollout starts, and <see cref="Share"/> the most that it may be. Of a first step only.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Auto { get; init; }

    /// <summary>Names of the plan's checks that are asked in this step; null for all of them.</summary>
    public IReadOnlyList<string>? Checks { get; init; }

    /// <summary>How often each enforced check must pass at this share before the step ends. 1 to 1,000; null for once.</summary>
    public int? Iterations { get; init; }

    /// <summary>Who is asked once the step has passed; null when nobody is.</summary>
    public Gate? Gate { get; init; }

    /// <summary>Names of the plan's hooks that are asked before this step and at its gate; null for all of them.</summary>
    public IReadOnlyList<string>? Hooks { get; init; }

    public bool Asks(Hook hook) => (hook.Type != HookType.Gate || Gate is not null) && (Hooks is null || Hooks.Contains(hook.Name, StringComparer.Ordinal));

    public bool Asks(Check check) => Checks is null || Checks.Contains(check.Name, StringComparer.Ordinal);

    /// <summary>The least time that the step takes: its hold, or as long as its iterations of <paramref name="checks"/> need.</summary>
    public TimeSpan LeastTime(IEnumerable<Check> checks)
    {
        var passes = checks.Where(c => c.Mode == CheckMode.Enforce && Asks(c))
            .Select(c => c.Interval * Math.Max(Iterations ?? 1, c.PassesInARow)).DefaultIfEmpty().Max();
        return passes > Hold ? passes : Hold;
    }
}
