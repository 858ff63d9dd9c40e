using System.Text.Json;
using TrafficShifter.Core.Events;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Tests.Events;

public sealed class DeliveryCursorTests
{
    private static readonly DateTimeOffset At = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromHours(6);
    private static readonly Outbox Three = Outbox.Read(new Listing([OutboxTests.Entry("shop", "01A", 10), OutboxTests.Entry("shop", "01B", 20), OutboxTests.Entry("shop", "01C", 30)], 30));
    private static readonly DeliveryCursor Begun = new() { Position = EventPosition.Start, Kind = SinkKind.Json, Host = "hooks.example.com" };

    [Fact]
    public void A_delivered_event_is_done()
    {
        var (next, dead) = (Begun with { Failures = 3, Problem = "away", NextAt = At }).After(new DeliveryOutcome.Delivered(), "ops", Three, GiveUpAfter, At);

        next.ShouldBe(Begun with { Position = new EventPosition(10, 1), Delivered = 1 });
        dead.ShouldBeEmpty();
    }

    [Fact]
    public void A_refused_event_is_given_up_at_once_and_does_not_hold_up_the_next()
    {
        var (next, dead) = Begun.After(DeliveryOutcome.OfStatus(302, "hooks.example.com"), "ops", Three, GiveUpAfter, At);

        next.Position.ShouldBe(new EventPosition(10, 1));
        next.PauseAt(At).ShouldBe(TimeSpan.Zero);
        next.Dead.ShouldBe(1);
        var letter = dead.ShouldHaveSingleItem();
        letter.Delivery.ShouldBe("shop/01A/ops");
        letter.Attempts.ShouldBe(1);
        letter.Problem.ShouldBe("hooks.example.com answered 302; redirects are not followed");
    }

    [Fact]
    public void A_failed_event_stays_and_each_pause_is_twice_the_last_up_to_five_minutes()
    {
        var cursor = Begun;
        var pauses = new List<double>();
        for (var i = 0; i < 12; i++)
        {
            (cursor, var dead) = cursor.After(new DeliveryOutcome.Failed("away"), "ops", Three, GiveUpAfter, At);
            dead.ShouldBeEmpty();
            pauses.Add(cursor.PauseAt(At).TotalSeconds);
        }

        pauses.ShouldBe([1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        cursor.Position.ShouldBe(EventPosition.Start);
        cursor.PauseAt(At.AddMinutes(5)).ShouldBe(TimeSpan.Zero);
        cursor.PauseAt(At.AddYears(-1)).ShouldBe(TimeSpan.Zero, "the clock was set back");
    }

    [Fact]
    public void A_failure_gives_up_what_is_too_old_and_only_that()
    {
        var (kept, none) = Begun.After(new DeliveryOutcome.Failed("away"), "ops", Three, GiveUpAfter, At + GiveUpAfter);
        kept.Position.ShouldBe(EventPosition.Start);
        none.ShouldBeEmpty();

        var (next, dead) = (Begun with { Failures = 4 }).After(new DeliveryOutcome.Failed("away"), "ops", Three, GiveUpAfter, At + GiveUpAfter + TimeSpan.FromSeconds(1));
        next.Position.ShouldBe(new EventPosition(30, 1));
        next.Failures.ShouldBe(5);
        next.Dead.ShouldBe(3);
        dead.Select(d => (d.Delivery, d.Attempts)).ShouldBe([("shop/01A/ops", 5), ("shop/01B/ops", 0), ("shop/01C/ops", 0)]);
    }

    [Theory]
    [InlineData(200, typeof(DeliveryOutcome.Delivered))]
    [InlineData(204, typeof(DeliveryOutcome.Delivered))]
    [InlineData(301, typeof(DeliveryOutcome.Refused))]
    [InlineData(400, typeof(DeliveryOutcome.Refused))]
    [InlineData(404, typeof(DeliveryOutcome.Refused))]
    [InlineData(408, typeof(DeliveryOutcome.Failed))]
    [InlineData(425, typeof(DeliveryOutcome.Failed))]
    [InlineData(429, typeof(DeliveryOutcome.Failed))]
    [InlineData(500, typeof(DeliveryOutcome.Failed))]
    [InlineData(503, typeof(DeliveryOutcome.Failed))]
    public void A_status_is_an_outcome(int status, Type outcome) => DeliveryOutcome.OfStatus(status, "hooks.example.com").ShouldBeOfType(outcome);

    [Fact]
    public void Documents_are_written_as_they_always_were()
    {
        var (next, dead) = Begun.After(new DeliveryOutcome.Refused("hooks.example.com answered 404; it is not tried again"), "ops", Three, GiveUpAfter, At);

        Golden.Matches("delivery.json", next with { NextAt = At });
        Golden.Matches("dead-letter.json", dead[0]);
    }

    [Fact]
    public void Each_kind_of_sink_reads_its_own_words()
    {
        var told = Outbox.Read(new Listing([Sly("shop", 7)], 7)).Events[0];

        using var json = JsonDocument.Parse(SinkMessage.Write(SinkKind.Json, told, "ops"));
        json.RootElement.GetProperty("delivery").GetString().ShouldBe("shop/01A/ops");
        json.RootElement.GetProperty("position").GetString().ShouldBe("7-1");
        json.RootElement.GetProperty("event").GetProperty("reason").GetString().ShouldBe("<!channel> & <https://evil|go>");

        using var slack = JsonDocument.Parse(SinkMessage.Write(SinkKind.Slack, told, "ops"));
        slack.RootElement.GetProperty("text").GetString().ShouldBe("*shop* weights.set: 0 % → 10 % by anna (&lt;!channel&gt; &amp; &lt;https://evil|go&gt;)");

        using var teams = JsonDocument.Parse(SinkMessage.Write(SinkKind.Teams, told, "ops"));
        var attachment = teams.RootElement.GetProperty("attachments")[0];
        attachment.GetProperty("contentType").GetString().ShouldBe("application/vnd.microsoft.card.adaptive");
        var card = attachment.GetProperty("content");
        card.GetProperty("type").GetString().ShouldBe("AdaptiveCard");
        card.GetProperty("body")[1].GetProperty("inlines")[0].GetProperty("text").GetString().ShouldBe("0 % → 10 % by anna (<!channel> & <https://evil|go>)");
    }

    private static Entry Sly(string app, ulong index)
    {
        var put = (Change.Set)OutboxEntry.AddTo(ChangeSet.Empty.With(OutboxTests.History(app, "01A", "<!channel> & <https://evil|go>"))).Changes[^1];
        return new Entry(put.Key, put.Value, index);
    }
}
