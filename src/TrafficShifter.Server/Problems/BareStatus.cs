using Microsoft.AspNetCore.Diagnostics;
using TrafficShifter.Server.Dashboard;

namespace TrafficShifter.Server.Problems;

/// <summary>Gives the answers that the framework sends without a word the form of all others: a problem with a type, and the remedy.</summary>
internal static class BareStatus
{
    public static Task ExplainAsync(StatusCodeContext context)
    {
        var (http, status) = (context.HttpContext, context.HttpContext.Response.StatusCode);
        if (status == 404 && DashboardEndpoints.FindLostPage(http) is { } page) return page;
        var request = http.Request;
        var problem = status switch
        {
            404 => ApiProblem.Of(404, "not-found", "No such call", $"there is no {request.Method} {request.Path}; /openapi/v1.json lists the calls"),
            405 => ApiProblem.Of(405, "method-not-allowed", "Not with this method", $"{request.Method} is none of the methods of {request.Path}: {http.Response.Headers.Allow}"),
            _ => ApiProblem.Of(status, "refused", "The request was refused", $"The server answers {request.Method} {request.Path} with status {status}."),
        };
        return problem.ExecuteAsync(http);
    }
}
