using Microsoft.AspNetCore.Http.HttpResults;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Events;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;

namespace TrafficShifter.Server.Events;

/// <summary>A sink, and how far it has been told.</summary>
/// <param name="Pending">Events that it has not been told yet, of those that are kept.</param>
public sealed record SinkAnswer(string Sink, int Pending, DeliveryCursor Progress);

/// <summary>What happens, as it happens; and who was told.</summary>
internal static class EventEndpoints
{
    public static void MapEvents(this IEndpointRouteBuilder api)
    {
        api.MapGet("/events", FollowAsync).WithName("FollowEvents").Does(Verbs.View).WithSummary("What happens, as it happens: server-sent events; resumes after the header Last-Event-ID; ?app=shop gives that application's alone")
            .Produces<string>(200, "text/event-stream");
        api.MapGet("/sinks", ListAsync).WithName("ListSinks").Does(Verbs.Sinks).WithSummary("Who is told what happens, and how far each is").Produces<IReadOnlyList<SinkAnswer>>();
        api.MapGet("/sinks/{sink}/dead-letters", ListDeadAsync).WithName("ListDeadLetters").Does(Verbs.Sinks).WithSummary("What a sink was not told and never will be; newest first").Produces<IReadOnlyList<DeadLetter>>();
    }

    private static async Task<Results<EmptyHttpResult, ProblemHttpResult>> FollowAsync(
        string? app, OutboxFollower follower, EventStreams streams, Visible visible, Admission admission, IHostApplicationLifetime lifetime, TimeProvider time, HttpContext http)
    {
        if (app is not null && AppName.FindProblem(app) is { } bad) return ApiProblem.BadName("application", bad);
        EventPosition? last = null;
        if (http.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } id)
        {
            if (!EventPosition.TryParse(id, null, out var parsed)) return ApiProblem.Of(400, "bad-last-event-id", "Last-Event-ID cannot be read", "Last-Event-ID takes the id of an event as the stream gave it, like 1234-1");
            last = parsed;
        }
        if (!streams.TryOpen()) return ApiProblem.Of(503, "too-many-streams", "Too many streams", $"This server has {EventStreams.Most} streams of events open and takes no more; another replica gives the same events.");
        try
        {
            using var listening = follower.Listen();
            var outbox = await follower.ReadAsync(http.RequestAborted);
            using var limit = admission.Limit(http);
            using var end = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, lifetime.ApplicationStopping);
            await new EventReader(http, follower, about => (app is null || about?.Value == app) && visible.To(http, about), admission.Watch(http), time, end.Token).RunAsync(outbox, last);
            return TypedResults.Empty;
        }
        finally
        {
            streams.Close();
        }
    }

    private static async Task<JsonHttpResult<IReadOnlyList<SinkAnswer>>> ListAsync(OutboxFollower follower, ITrafficStore store, CancellationToken cancellationToken)
    {
        var cursors = await store.ListAsync(Keys.Deliveries, cancellationToken);
        var outbox = await follower.ReadAsync(cancellationToken);
        return TypedResults.Json<IReadOnlyList<SinkAnswer>>(
            [.. from entry in cursors.Entries
                let cursor = Reading.Of<DeliveryCursor>(entry).Find()
                where cursor is not null
                select new SinkAnswer(entry.Key[Keys.Deliveries.Length..], outbox.CountAfter(cursor.Position), cursor)],
            DocumentJson.Options);
    }

    private static async Task<Results<JsonHttpResult<IReadOnlyList<DeadLetter>>, ProblemHttpResult>> ListDeadAsync(string sink, ITrafficStore store, CancellationToken cancellationToken)
    {
        if (AppName.FindProblem(sink) is { } bad) return ApiProblem.BadName("sink", bad.Replace("an application name", "a sink name", StringComparison.Ordinal));
        if (await store.FindAsync(Keys.Delivery(sink), cancellationToken) is null) return ApiProblem.NotFound("sink", $"there is no sink \"{sink}\"; sinks are named in the settings of the controllers, Events:Sinks");
        var letters = await store.ListAsync(Keys.DeadLettersOf(sink), cancellationToken);
        return TypedResults.Json<IReadOnlyList<DeadLetter>>([.. letters.Entries.Reverse().Select(e => Reading.Of<DeadLetter>(e).Find()).OfType<DeadLetter>()], DocumentJson.Options);
    }
}
