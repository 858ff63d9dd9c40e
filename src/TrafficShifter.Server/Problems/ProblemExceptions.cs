using Microsoft.AspNetCore.Diagnostics;
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

    private static Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult Explain(HttpContext http, BadHttpRequestException bad) =>
        http.Features.Get<IExceptionHandlerPathFeature>()?.RouteValues?["app"] is string app && AppName.FindProblem(app) is { } problem
            ? ApiProblem.BadName("application", problem)
            : ApiProblem.Of(bad.StatusCode, "malformed", "The request cannot be read", bad.Message);

    [LoggerMessage(EventId = 500, Level = LogLevel.Error, Message = "{Method} {Path} failed")]
    private partial void LogUnexpected(Exception exception, string method, string path);
}
