using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Evacuations;

/// <summary>What must be done before an application's traffic leaves a colour: data brought over, a primary moved. Of services that keep state.</summary>
public sealed record LeavingRule : DocumentPart
{
    /// <summary>Asked by an HTTP POST until it answers 2xx; null: none.</summary>
    public LeavingHook? Hook { get; init; }

    /// <summary>A person's word is waited for as well; default false. It is enough by itself, whatever the hook says.</summary>
    public bool Approve { get; init; }

    public string? FindProblem() => Hook is null && !Approve ? "a hook, \"approve\": true, or both" : Hook?.FindProblem() is { } problem ? $"hook/{problem}" : null;

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() => [("hook", Hook)];
}

/// <summary>Somebody who makes ready that an application's traffic leaves, and says when it is.</summary>
/// <remarks>Signed like a hook of a plan, and through the egress settings.</remarks>
public sealed record LeavingHook : DocumentPart
{
    /// <summary>An absolute http or https URL of up to 2,000 characters, whose host the egress settings list. No secret.</summary>
    public required string Url { get; init; }

    /// <summary>Longest for one attempt. 100 ms to 10 min; default 10 s.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time from an answer that is not 2xx to the next attempt. 1 s to 1 h; default 10 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(10);

    internal string? FindProblem() => HookRules.FindUrlProblem(Url) is { } url ? $"url: {url}"
        : Timeout < Rollouts.Hook.MinTimeout || Timeout > Rollouts.Hook.MaxTimeout ? $"timeout: {Duration.Format(Rollouts.Hook.MinTimeout)} to {Duration.Format(Rollouts.Hook.MaxTimeout)}, not {Duration.Format(Timeout)}"
        : Interval < Rollouts.Hook.MinInterval || Interval > Rollouts.Hook.MaxInterval ? $"interval: {Duration.Format(Rollouts.Hook.MinInterval)} to {Duration.Format(Rollouts.Hook.MaxInterval)}, not {Duration.Format(Interval)}"
        : null;
}

/// <summary>How far an application is with its <see cref="LeavingRule"/>: <c>evacuations/&lt;colour&gt;/&lt;app&gt;</c>, gone in the transaction in which its traffic leaves.</summary>
public sealed record AppLeaving : Document
{
    public required AppName App { get; init; }

    /// <summary>Id of the evacuation; of another one it says nothing.</summary>
    public required string Evacuation { get; init; }

    /// <summary>Attempts whose answer was noted. The next one is one more, whichever process makes it.</summary>
    public int Attempts { get; init; }

    /// <summary>The latest answer; null before the first.</summary>
    public HookOutcome? Last { get; init; }

    /// <summary>A person's word; null until it is said.</summary>
    public LeavingApproval? Approval { get; init; }

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() => [("approval", Approval)];

    /// <summary>Why traffic may not leave yet, as a sentence; null when it may.</summary>
    /// <param name="known">Null: nobody has been asked.</param>
    public static string? FindWaiting(LeavingRule? rule, AppLeaving? known, Evacuation evacuation, AppName app)
    {
        if (rule is null) return null;
        var own = known?.Evacuation == evacuation.Id ? known : null;
        if (own?.Approval is not null) return null;
        var (asked, passed) = (own?.Last, rule.Hook is null || own?.Last is HookOutcome.Passed);
        if (passed && !rule.Approve) return null;
        var hook = rule.Hook is not { } waiting || passed ? null : $"it waits for its hook{(asked is null ? "" : $": {asked.Sentence}")}; it is asked every {Duration.Format(waiting.Interval)}";
        return $"{hook ?? "it waits for a person's word"}; POST /api/v1/colours/{evacuation.Colour.Word()}/apps/{app}/approve lets it leave";
    }

    /// <summary>The next attempt is due, also when the last one is of a time that is still to come: the clock was set.</summary>
    public static bool IsDue(LeavingRule? rule, AppLeaving? known, Evacuation evacuation, DateTimeOffset now) =>
        rule?.Hook is { } hook && (known is null || known.Evacuation != evacuation.Id || (known.Last is not HookOutcome.Passed && (known.Last is not { } last || (now - last.At).Duration() >= hook.Interval)));
}

/// <summary>A person's word that an application's traffic may leave.</summary>
public sealed record LeavingApproval : DocumentPart
{
    public required string By { get; init; }

    public string? Reason { get; init; }

    public required DateTimeOffset At { get; init; }
}

/// <summary>What a hook is told before an application's traffic leaves.</summary>
/// <param name="Delivery">The same for every attempt.</param>
/// <param name="Attempt">From 1; the same number twice is the same attempt, made again after a crash.</param>
/// <param name="Leaves">The colour that the traffic leaves.</param>
/// <param name="To">The colour that it goes to.</param>
public sealed record LeavingMessage(string Delivery, int Attempt, AppName App, Colour Leaves, Colour To, string Evacuation, string By, string? Reason)
{
    public static LeavingMessage Of(Evacuation evacuation, AppName app, int attempt) =>
        new($"{evacuation.Id}/{app}/leaving", attempt, app, evacuation.Colour, evacuation.Colour.Other(), evacuation.Id, evacuation.By, evacuation.Reason);
}
