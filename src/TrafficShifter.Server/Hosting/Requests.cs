using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;

namespace TrafficShifter.Server.Hosting;

/// <summary>Who asks, from where, and when: what every change is noted with.</summary>
public sealed class Requests(Identifiers identifiers, TimeProvider time)
{
    public ChangeNote Note(HttpContext http, string? reason) =>
        new(identifiers.Next(), http.User.Identity?.Name ?? "unknown", string.IsNullOrWhiteSpace(reason) ? null : TokenSecret.Redact(reason.Trim()), time.GetUtcNow(), Origins.Of(http));

    public ProblemHttpResult? FindReasonProblem(string? reason) => reason is { Length: > ChangeNote.MaxReason }
        ? ApiProblem.Impossible("/reason", $"a reason has at most {ChangeNote.MaxReason} characters, this one has {reason.Length}")
        : null;
}
