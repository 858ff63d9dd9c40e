using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Problems;

/// <summary>Turns what is thrown into the problem that a person can act on.</summary>
public sealed partial class ProblemExceptions(ILogger<ProblemExceptions> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        var problem = exception switch
        {
            StoreException away => ApiProblem.StoreAway(away),
            MetricSourceUnavailableException away => ApiProblem.Of(503, "metrics-unavailable", "The metrics are away", $"{away.Message}. Nothing was changed."),
            BadHttpRequestException { StatusCode: 413 } => ApiProblem.Of(413, "too-large", "The body is too large", "Send less."),
            BadHttpRequestException bad => Explain(httpContext, bad),
            _ => null,
        };
        if (problem is null)
        {
            LogUnexpected(exception, httpContext.Request.Method, httpContext.Request.Path);
            problem = ApiProblem.Of(500, "internal", "An error of the server", $"It is in the server's log, trace {httpContext.TraceIdentifier}.");
        }
        await problem.ExecuteAsync(httpContext);
        return true;
    }

    private static ProblemHttpResult Explain(HttpContext http, BadHttpRequestException bad)
    {
        if (http.Features.Get<IExceptionHandlerPathFeature>()?.RouteValues?["app"] is string app && AppName.FindProblem(app) is { } problem) return ApiProblem.BadName("application", problem);
        return Parameter().Match(bad.Message) is { Success: true } parameter
            ? ApiProblem.BadQuery(parameter.Groups["name"].Value, parameter.Groups["type"].Value.Contains("bool", StringComparison.Ordinal) ? "true or false" : "a whole number, 0 or more")
            : ApiProblem.Of(bad.StatusCode, "malformed", "The request cannot be read", bad.Message);
    }

    /// <summary><c>Failed to bind parameter "Nullable&lt;bool&gt; dryRun" from "perhaps".</c></summary>
    [GeneratedRegex("""^Failed to bind parameter "(?<type>\S+) (?<name>\w+)" from """)]
    private static partial Regex Parameter();

    [LoggerMessage(EventId = 500, Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogUnexpected(Exception exception, string method, string path);
}
