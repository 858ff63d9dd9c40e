namespace TrafficShifter.Cli.Hosting;

/// <summary>A command cannot go on: what happened, what is changed, what to do, and the exit code.</summary>
internal class Failure(int exitCode, string error, string? state = null, string? advice = null) : Exception(error)
{
    public int ExitCode { get; } = exitCode;

    /// <summary>What changed and how it is now, as a sentence; null when nothing can be said.</summary>
    public string? State { get; } = state;

    /// <summary>What to do, mostly a command.</summary>
    public string? Advice { get; } = advice;

    /// <summary>The problem as JSON, for programs.</summary>
    public virtual string ToJson() => ProblemJson.Of(this);

    public static Failure Usage(string error, string? advice = null) => new(Hosting.ExitCode.Usage, error, null, advice);
}
