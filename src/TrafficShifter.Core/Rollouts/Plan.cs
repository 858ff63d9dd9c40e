using System.Text.Json.Serialization;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Judging;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>How a rollout moves traffic and what must hold meanwhile. Names no colour: shares are of the colour being moved to.</summary>
/// <remarks>Built by <see cref="PlanParser"/>, which refuses what it does not know.</remarks>
public sealed record Plan : Document
{
    public const int MaxSteps = 50;
    public const int MaxChecks = 20;
    public const int MaxHooks = 10;
    public const int MaxNameLength = 63;

    /// <summary>What a plan's name must be, as a sentence.</summary>
    public static string NameRule { get; } = PlanRules.NameRule("a plan's name");

    /// <summary>What people know the plan by; null for one that was sent with its rollout.</summary>
    public string? Name { get; init; }

    /// <summary>1 to 50, shares rising. After the last one's hold the rollout promotes to 100 %, whatever its share.</summary>
    public required IReadOnlyList<Step> Steps { get; init; }

    /// <summary>Up to 20, at least one of them enforced where there is no judge.</summary>
    public required IReadOnlyList<Check> Checks { get; init; }

    /// <summary>The comparison of the candidate with the stable side; null: the checks decide alone.</summary>
    public JudgePlan? Judge { get; init; }

    /// <summary>The candidate is compared with the stable side.</summary>
    [JsonIgnore]
    public bool IsJudged => Judge is { Enabled: true };

    /// <summary>What else is asked on the way; up to 10, default none. Hooks of the same point are asked one after the other, in this order.</summary>
    public IReadOnlyList<Hook> Hooks { get; init; } = [];

    /// <summary>Longest that a step may hold traffic without ending; default 30 min.</summary>
    /// <remarks>Like <see cref="Deadline"/>, its clock stops during a pause, a metrics outage and while nodes are waited for.</remarks>
    public TimeSpan StepDeadline { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Longest for all steps together; default 4 h.</summary>
    public TimeSpan Deadline { get; init; } = TimeSpan.FromHours(4);

    public DeadlineAction OnDeadline { get; init; } = DeadlineAction.Pause;

    public MetricsOutage MetricsOutage { get; init; } = new();

    public ControllerLoss ControllerLoss { get; init; } = new();

    /// <summary>How long a node may fail or stay unknown before the rollout goes on without it. 0 s to 1 h; default 60 s.</summary>
    public TimeSpan NodeGrace { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The part of the servers of the colour being moved to that must be usable on each node, and at least one, before it gets more traffic. Default 50 %.</summary>
    /// <remarks>As the agents read them last, at most <c>Agent:ReconcileInterval</c> ago. Only the way forward asks.</remarks>
    public Share MinHealthy { get; init; } = Share.OfBasisPoints(5_000);

    /// <summary>The least time that the plan takes, if nothing is waited for.</summary>
    [JsonIgnore]
    public TimeSpan LeastTime => Steps.Aggregate(TimeSpan.Zero, (sum, step) => sum + step.LeastTime(Checks));

    /// <summary>The plan with a first step that suits the traffic, where it asks for that; itself where it does not.</summary>
    /// <param name="requestsPerSecond">Of both colours; null when nobody knows, and then the least is taken.</param>
    public Plan FittedTo(double? requestsPerSecond)
    {
        if (Steps.Count == 0 || Steps[0] is not { Auto: true } first) return this;
        var fitting = requestsPerSecond is { } known ? FirstStep.For(known) : FirstStep.Least;
        return this with { Steps = [first with { Share = fitting < first.Share ? fitting : first.Share, Auto = false }, .. Steps.Skip(1)] };
    }

    public static bool IsName(string name) => PlanRules.IsName(name, MaxNameLength);

    /// <summary>Everything that is wrong with the plan, each with its place.</summary>
    public IReadOnlyList<PlanProblem> FindProblems() => PlanRules.Check(this);

    public override string? FindProblem() => FindProblems() is [var first, ..] ? $"{first.Pointer}: {first.Detail}" : null;
}

public enum DeadlineAction
{
    Pause,
    Rollback,
}

/// <summary>What happens when the metric source stays away: nothing for <see cref="After"/>, then <see cref="Do"/>.</summary>
public sealed record MetricsOutage
{
    /// <summary>0 s to 1 day; default 10 min.</summary>
    public TimeSpan After { get; init; } = TimeSpan.FromMinutes(10);

    public OutageAction Do { get; init; } = OutageAction.Pause;
}

public enum OutageAction
{
    Pause,
    Rollback,

    /// <summary>Waits for the metrics, however long; the weights stay.</summary>
    Hold,
}

/// <summary>What happens when no controller leads, so that nobody asks the checks: nothing for <see cref="After"/>, then <see cref="Do"/>.</summary>
public sealed record ControllerLoss
{
    public static readonly TimeSpan MinAfter = TimeSpan.FromSeconds(5);

    /// <summary>5 s to 1 day of watching in vain, by the clock of an api replica that can read the store; default 5 min.</summary>
    public TimeSpan After { get; init; } = TimeSpan.FromMinutes(5);

    public LossAction Do { get; init; } = LossAction.Freeze;
}

public enum LossAction
{
    /// <summary>The weights stay until a controller leads again.</summary>
    Freeze,

    /// <summary>An api replica writes the rollback: all traffic back to the stable colour.</summary>
    Failsafe,
}

/// <summary>One thing that is wrong with a plan.</summary>
/// <param name="Pointer">Where, as a JSON pointer: <c>/steps/1/share</c>; empty for the whole plan.</param>
/// <param name="Detail">What, as a sentence.</param>
#pragma warning disable CA1720 // "Pointer" is RFC 6901's own word.
public sealed record PlanProblem(string Pointer, string Detail);
#pragma warning restore CA1720
