using System.Globalization;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Events;

/// <summary>How one attempt to tell a sink ended.</summary>
public abstract record DeliveryOutcome
{
    private DeliveryOutcome() { }

    /// <summary>The sink said 2xx.</summary>
    public sealed record Delivered : DeliveryOutcome;

    /// <summary>Trying again cannot help: the sink said 3xx or 4xx (but 408, 425 and 429), or may not be called.</summary>
    public sealed record Refused(string Problem) : DeliveryOutcome;

    /// <summary>The sink is away, late, or said 5xx, 408, 425 or 429.</summary>
    public sealed record Failed(string Problem) : DeliveryOutcome;

    /// <param name="host">Who answered, for the sentence.</param>
    public static DeliveryOutcome OfStatus(int status, string host) => status switch
    {
        >= 200 and <= 299 => new Delivered(),
        >= 300 and <= 399 => new Refused(Say(host, status, "redirects are not followed")),
        408 or 425 or 429 or >= 500 => new Failed(Say(host, status, "it is tried again")),
        _ => new Refused(Say(host, status, "it is not tried again")),
    };

    private static string Say(string host, int status, string what) => string.Create(CultureInfo.InvariantCulture, $"{host} answered {status}; {what}");
}

/// <summary>How far a sink has been told: <c>deliveries/&lt;sink&gt;</c>. Events go to a sink one after the other, in the order in which they happened.</summary>
public sealed record DeliveryCursor : Document
{
    /// <summary>First pause after a failure; each further one doubles it.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>Most events that are given up in one transaction.</summary>
    private const int DeadAtOnce = 50;

    /// <summary>Events up to this one are done: delivered or given up.</summary>
    public required EventPosition Position { get; init; }

    /// <summary>What the sink takes: json, slack or teams.</summary>
    public required SinkKind Kind { get; init; }

    /// <summary>The host that is called. The rest of the URL may be a secret and is not here.</summary>
    public required string Host { get; init; }

    /// <summary>Failed attempts in a row.</summary>
    public int Failures { get; init; }

    /// <summary>What went wrong last; null when the last attempt went well.</summary>
    public string? Problem { get; init; }

    /// <summary>Not before then is it tried again; null: at once.</summary>
    public DateTimeOffset? NextAt { get; init; }

    /// <summary>Events that were delivered, since the sink was added.</summary>
    public long Delivered { get; init; }

    /// <summary>Events that were given up, since the sink was added.</summary>
    public long Dead { get; init; }

    /// <summary>How long to wait before the next attempt. None where it would be longer than <see cref="LongestPause"/>: the clock was set since.</summary>
    public TimeSpan PauseAt(DateTimeOffset now) => NextAt is { } next && next > now && next - now <= LongestPause ? next - now : TimeSpan.Zero;

    /// <summary>What is to be noted after an attempt with the first event that is not done.</summary>
    /// <param name="giveUpAfter">A failed attempt gives up every event that is older than this.</param>
    /// <returns>The cursor, and the events that are given up by it.</returns>
    public (DeliveryCursor Next, IReadOnlyList<DeadLetter> Dead) After(DeliveryOutcome outcome, string sink, Outbox outbox, TimeSpan giveUpAfter, DateTimeOffset now)
    {
        var pending = outbox.FindAfter(Position) ?? throw new ArgumentException("there is no event after the cursor", nameof(outbox));
        switch (outcome)
        {
            case DeliveryOutcome.Delivered:
                return (this with { Position = pending.Position, Failures = 0, Problem = null, NextAt = null, Delivered = Delivered + 1 }, []);
            case DeliveryOutcome.Refused refused:
                return (this with { Position = pending.Position, Failures = 0, Problem = refused.Problem, NextAt = null, Dead = Dead + 1 }, [DeadLetter.Of(pending, sink, Failures + 1, refused.Problem, now)]);
            case DeliveryOutcome.Failed failed:
                var old = outbox.After(Position).TakeWhile(e => now - e.Event.At > giveUpAfter).Take(DeadAtOnce).ToList();
                var next = this with { Position = old is [.., var last] ? last.Position : Position, Failures = Failures + 1, Problem = failed.Problem, NextAt = now + PauseAfter(Failures + 1), Dead = Dead + old.Count };
                return (next, [.. old.Select((e, i) => DeadLetter.Of(e, sink, i == 0 ? Failures + 1 : 0, failed.Problem, now))]);
            default:
                throw new ArgumentOutOfRangeException(nameof(outcome));
        }
    }

    private static TimeSpan PauseAfter(int failures) => failures > 9 ? LongestPause : TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << (failures - 1)));
}

/// <summary>An event that a sink was not told and never will be: <c>dead-letters/&lt;sink&gt;/&lt;position&gt;</c>.</summary>
public sealed record DeadLetter : Document
{
    /// <summary>Dead letters that are kept per sink.</summary>
    public const int Kept = 200;

    public required string Delivery { get; init; }

    public required EventPosition Position { get; init; }

    public required TrafficEvent Event { get; init; }

    /// <summary>How often it was tried; 0: it was given up with an older one, because the sink was away for too long.</summary>
    public required int Attempts { get; init; }

    public required string Problem { get; init; }

    /// <summary>When it was given up.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The one delivery id of an event for a sink, whoever sends it and however often: <c>shop/01J…/ops</c>.</summary>
    public static string DeliveryOf(TrafficEvent told, string sink) => $"{told.App?.Value ?? "-"}/{told.Id}/{sink}";

    public static DeadLetter Of(PlacedEvent placed, string sink, int attempts, string problem, DateTimeOffset now) =>
        new() { Delivery = DeliveryOf(placed.Event, sink), Position = placed.Position, Event = placed.Event, Attempts = attempts, Problem = problem, At = now };

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() => [("event", Event)];
}
