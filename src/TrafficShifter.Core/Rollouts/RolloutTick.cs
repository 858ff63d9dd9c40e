using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Everything that one decision is taken on.</summary>
public sealed record RolloutTick
{
    public required DateTimeOffset Now { get; init; }

    /// <summary>Time since the last tick of this rollout in this process, by a monotonic clock; zero on the first.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>ModifyIndex of the rollout's document as it was read or last written.</summary>
    public required ulong RolloutIndex { get; init; }

    public required WeightsSeen Weights { get; init; }

    /// <summary>The application's state. A fleet-wide rollback that holds for the application is passed as its lock.</summary>
    public required AppState State { get; init; }

    /// <summary>The nodes, as they are on the weights that the rollout wants.</summary>
    public NodeReport Nodes { get; init; } = NodeReport.None;

    /// <summary>Measurements of the checks that were due, taken since the last tick.</summary>
    public IReadOnlyList<Measurement> Measurements { get; init; } = [];

    /// <summary>What the judge says now; null where there is none, and before it has begun.</summary>
    public JudgeReport? Judge { get; init; }

    /// <summary>How long the metric source has not answered, and its words; null when it answers.</summary>
    public MetricsAway? MetricsAway { get; init; }

    /// <summary>Why nothing may go forward now, as a sentence; null when it may. Never holds back a rollback.</summary>
    public string? Standstill { get; init; }

    /// <summary>What a hook answered since the last tick; null when none did.</summary>
    public HookAnswer? Hook { get; init; }

    /// <summary>What a person asked for; one a tick.</summary>
    public RolloutCommand? Command { get; init; }

    /// <summary>Time from the nodes being observed until the metrics show the new weights alone; default 2 s.</summary>
    public TimeSpan Settle { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The tick of a command that comes by an api replica, which knows of no nodes, metrics and clocks.</summary>
    /// <param name="held">The lock that holds for the application, of its own or of a rollback of all.</param>
    /// <exception cref="ArgumentException">Nothing is known of the application's state.</exception>
    public static RolloutTick ForCommand(AppTraffic app, TrafficLock? held, ulong rolloutIndex, RolloutCommand command, DateTimeOffset now) => new()
    {
        Now = now,
        RolloutIndex = rolloutIndex,
        Weights = new WeightsSeen(app.Weights.LatestIndex, app.Weights.Problem is null ? app.Weights.Value : null, app.Weights.Problem),
        State = (app.State.Value ?? throw new ArgumentException($"{app.Name} has no state", nameof(app))) with { Lock = held },
        Command = command,
    };
}

/// <summary>The document weights/&lt;app&gt; as it is now.</summary>
/// <param name="Index">Its ModifyIndex; 0 when there is none.</param>
/// <param name="Value">Null when there is none or it is broken.</param>
/// <param name="Problem">Why it is broken, as a sentence that names the key; null when it is not.</param>
public sealed record WeightsSeen(ulong Index, Weights? Value, string? Problem = null);

/// <param name="For">Since when, as a length of time.</param>
/// <param name="Reason">The source's own words.</param>
public sealed record MetricsAway(TimeSpan For, string Reason);

/// <summary>What a person asked a rollout to do, or an api replica where there is no controller.</summary>
public abstract record RolloutCommand(string By, string? Reason)
{
    /// <summary>From where; null for what the service does by itself.</summary>
    public ChangeOrigin? Origin { get; init; }

    /// <summary>The names that whoever it is goes by at a gate; null: <see cref="By"/> alone.</summary>
    public IReadOnlyList<string>? GateNames { get; init; }

    public sealed record Pause(string By, string? Reason = null) : RolloutCommand(By, Reason);

    public sealed record Resume(string By, string? Reason = null) : RolloutCommand(By, Reason)
    {
        /// <summary>Only a pause of <see cref="RolloutCommand.By"/>'s own that still stands, over weights that nobody changed meanwhile: who is no person has seen neither. Default false.</summary>
        public bool OwnPauseOnly { get; init; }
    }

    public sealed record Abort(string By, string? Reason = null) : RolloutCommand(By, Reason);

    /// <summary>All traffic to the new colour now, without the steps that are left.</summary>
    public sealed record Promote(string By, string? Reason = null) : RolloutCommand(By, Reason);

    /// <summary>Lets the gate pass that is waiting.</summary>
    public sealed record Approve(string By, string? Reason = null) : RolloutCommand(By, Reason);

    /// <summary>Rolls back at the gate that is waiting.</summary>
    public sealed record Reject(string By, string? Reason = null) : RolloutCommand(By, Reason);

    /// <summary>No controller leads: what the plan says about that.</summary>
    /// <param name="For">How long an api replica has watched in vain.</param>
    public sealed record LoseControllers(TimeSpan For) : RolloutCommand("failsafe", null);
}
