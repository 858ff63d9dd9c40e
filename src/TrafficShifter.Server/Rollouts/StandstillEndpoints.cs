using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Server.Security;

namespace TrafficShifter.Server.Rollouts;

/// <summary>What holds rollouts at this moment. To roll back is never held.</summary>
public sealed record StandstillAnswer
{
    /// <summary>Who stopped the line, why and when; null while it runs.</summary>
    public StopLine? Stop { get; init; }

    /// <summary>The freeze windows that hold now.</summary>
    public required IReadOnlyList<FrozenNow> Frozen { get; init; }

    /// <summary>Documents of the two that cannot be read, as sentences: nothing goes forward until they are put right.</summary>
    public required IReadOnlyList<string> Problems { get; init; }
}

/// <summary>A freeze window that holds now.</summary>
/// <param name="Sentence"><c>frozen by "new year" until 2027-01-02 06:00 UTC</c>.</param>
/// <param name="Apps">The applications that it holds for; null for all.</param>
/// <param name="By">Who set the calendar last.</param>
/// <param name="Reason">Why they did.</param>
/// <param name="Since">The first moment of one that is once; null for one that comes back each week.</param>
public sealed record FrozenNow(string Name, string Sentence, IReadOnlyList<AppName>? Apps, string? By, string? Reason, DateTimeOffset? Since);

internal static class StandstillEndpoints
{
    public static void MapStandstill(this IEndpointRouteBuilder api) =>
        api.MapGet("/control", LookAsync).WithName("GetStandstill").Does(Verbs.Look).WithSummary("What holds rollouts now: the stopped line, and the freeze windows of this moment").Produces<StandstillAnswer>();

    private static async Task<JsonHttpResult<StandstillAnswer>> LookAsync(StandstillReader reader, TimeProvider time, HttpContext http)
    {
        var standstill = await reader.ReadAsync(http.RequestAborted);
        var calendar = standstill.Freeze?.Find();
        return TypedResults.Json(new StandstillAnswer
        {
            Stop = standstill.Stop?.Find(),
            Frozen = [.. standstill.FindWindows(time.GetUtcNow()).Select(w => new FrozenNow(w.Name, w.Describe(), w.Apps, calendar?.By, calendar?.Reason, w.From))],
            Problems = [.. standstill.FindProblems()],
        }, DocumentJson.Options);
    }
}
