using TrafficShifter.Core.Analysis;

namespace TrafficShifter.Core.Rollouts;

/// <summary>Something else that is asked on the way by an HTTP POST: a smoke test, a load test, a deployment system.</summary>
/// <remarks>2xx is passed, any other answer failed; no answer is an error. A pass is asked for once: what passed is not asked again at the same point.</remarks>
public sealed record Hook
{
    public const int MaxUrlLength = 2_000;
    public const int MaxInARow = 100;
    public static readonly TimeSpan MinTimeout = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan MaxTimeout = TimeSpan.FromMinutes(10);
    public static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan MaxInterval = TimeSpan.FromHours(1);

    /// <summary>1 to 63 of a–z, A–Z, 0–9, '-', '_' and '.'; unique in its plan.</summary>
    public required string Name { get; init; }

    public required HookType Type { get; init; }

    /// <summary>An absolute http or https URL of up to 2,000 characters, whose host the egress settings list. No secret: everybody who may read the plan reads it.</summary>
    public required string Url { get; init; }

    /// <summary>Longest for one attempt: look-up, connection, request and answer together. 100 ms to 10 min; default 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time from one answer to the next attempt. 1 s to 1 h; default 10 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Failed answers in a row after which <see cref="OnFailure"/> happens. 1 to 100; default 1.</summary>
    public int FailuresInARow { get; init; } = 1;

    /// <summary>What too many failures do; default <see cref="OutcomeAction.Rollback"/>. <see cref="OutcomeAction.Hold"/> asks until it passes. After a rollout nothing, which is <see cref="OutcomeAction.Hold"/>.</summary>
    public OutcomeAction OnFailure { get; init; } = OutcomeAction.Rollback;

    /// <summary>Attempts in a row without an answer after which <see cref="OnError"/> happens. 1 to 100; default 3.</summary>
    public int ErrorsInARow { get; init; } = 3;

    /// <summary>What too many errors do; default <see cref="OutcomeAction.Pause"/>. Never a rollback: an error says nothing of the new side.</summary>
    public OutcomeAction OnError { get; init; } = OutcomeAction.Pause;
}

/// <summary>When a hook is asked.</summary>
public enum HookType
{
    /// <summary>Before a step's share is written; of the first step before anything moves.</summary>
    PreStep,

    /// <summary>When a step has passed that has a gate, before people are asked.</summary>
    Gate,

    /// <summary>When the rollout has ended, however it did; its answer is noted and changes nothing.</summary>
    PostRollout,
}

/// <summary>What is known of one hook at one point of a rollout.</summary>
public sealed record HookState
{
    public required string Name { get; init; }

    /// <summary>Index of the step that the hook belongs to: the one that begins, the one whose gate was reached, or the one in which the rollout ended.</summary>
    public required int Step { get; init; }

    /// <summary>Attempts whose answer was noted. The next one is one more, whichever process makes it.</summary>
    public int Attempts { get; init; }

    /// <summary>Failed answers in a row.</summary>
    public int Failures { get; init; }

    /// <summary>Attempts in a row without an answer.</summary>
    public int Errors { get; init; }

    public bool Passed { get; init; }

    /// <summary>An attempt is under way, or was when the process ended that made it.</summary>
    public bool Asked { get; init; }

    /// <summary>Time until the next attempt; zero when due.</summary>
    public TimeSpan DueIn { get; init; }

    /// <summary>The latest outcome; null before the first.</summary>
    public HookOutcome? Last { get; init; }

    /// <summary>The hook as it is at a point that begins anew: to be asked again, under the next number.</summary>
    public HookState Forget() => this with { Failures = 0, Errors = 0, Passed = false, Asked = false, DueIn = TimeSpan.Zero, Last = null };

    public HookState Note(HookOutcome outcome, TimeSpan interval) => this with
    {
        Attempts = Attempts + 1,
        Failures = outcome is HookOutcome.Failed ? Failures + 1 : 0,
        Errors = outcome is HookOutcome.Error ? Errors + 1 : 0,
        Passed = outcome is HookOutcome.Passed,
        Asked = false,
        DueIn = outcome is HookOutcome.Passed ? TimeSpan.Zero : interval,
        Last = outcome,
    };
}
