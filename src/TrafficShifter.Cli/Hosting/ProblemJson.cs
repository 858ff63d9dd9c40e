using System.Text.Json.Nodes;
using TrafficShifter.Cli.Output;

namespace TrafficShifter.Cli.Hosting;

/// <summary>A failure of this program in the form that the server's have (RFC 9457).</summary>
internal static class ProblemJson
{
    public static string Of(Failure failure)
    {
        var problem = new JsonObject
        {
            ["type"] = "urn:trafficshifter:problem:" + Word(failure.ExitCode),
            ["title"] = Title(failure.ExitCode),
            ["detail"] = failure.Message,
        };
        if (failure.State is { } state) problem["state"] = state;
        if (failure.Advice is { } advice) problem["try"] = advice;
        return problem.ToJsonString(JsonText.Relaxed);
    }

    private static string Word(int exitCode) => exitCode switch
    {
        ExitCode.Usage => "usage",
        ExitCode.NotFound => "not-found",
        ExitCode.NotAllowed => "unauthenticated",
        ExitCode.Conflict => "conflict",
        ExitCode.Refused => "impossible",
        ExitCode.Away => "unreachable",
        ExitCode.StillGoing => "still-going",
        _ => "failed",
    };

    private static string Title(int exitCode) => exitCode switch
    {
        ExitCode.Usage => "Not used like this",
        ExitCode.NotFound => "It is not there",
        ExitCode.NotAllowed => "Not signed in, or not allowed",
        ExitCode.Conflict => "Somebody else was first",
        ExitCode.Refused => "It cannot be done",
        ExitCode.Away => "It does not answer",
        ExitCode.StillGoing => "The time is up",
        _ => "It failed",
    };
}
