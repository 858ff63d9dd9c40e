using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Events;

/// <summary>What a sink wants to be told in.</summary>
public enum SinkKind
{
    /// <summary><c>{"delivery":"…","position":"…","event":{…}}</c>.</summary>
    Json,

    /// <summary>Slack's incoming webhooks: <c>{"text":"…"}</c>.</summary>
    Slack,

    /// <summary>Teams' workflows: a message with an adaptive card.</summary>
    Teams,
}

/// <summary>An event as a sink reads it.</summary>
public static class SinkMessage
{
    /// <summary>The body of the request. The same for every attempt.</summary>
    public static string Write(SinkKind kind, PlacedEvent placed, string sink) => kind switch
    {
        SinkKind.Json => DocumentJson.Write(new JsonMessage(DeadLetter.DeliveryOf(placed.Event, sink), placed.Position, placed.Event)),
        SinkKind.Slack => DocumentJson.Write(new { text = $"{(placed.Event.App is { } app ? $"*{EscapeSlack(app.Value)}* " : "")}{EscapeSlack(placed.Event.Kind)}: {EscapeSlack(Describe(placed.Event))}" }),
        SinkKind.Teams => WriteTeams(placed.Event),
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    private static string Describe(TrafficEvent told) => $"{told.Sentence}{(told.Reason is { } why && !told.Sentence.Contains(why, StringComparison.Ordinal) ? $" ({why})" : "")}";

    /// <summary>Slack reads links, mentions and channels in <c>&lt;…&gt;</c>: a reason must not call everybody.</summary>
    private static string EscapeSlack(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);

    /// <summary>The runs of a rich text block are shown as they are; a text block would read Markdown in them.</summary>
    private static string WriteTeams(TrafficEvent told) => DocumentJson.Write(new
    {
        type = "message",
        attachments = new[]
        {
            new
            {
                contentType = "application/vnd.microsoft.card.adaptive",
                content = new Card("AdaptiveCard", "1.4",
                [
                    new Block("RichTextBlock", [new Run("TextRun", $"{told.App?.Value ?? "all"} {told.Kind}", "Bolder")]),
                    new Block("RichTextBlock", [new Run("TextRun", Describe(told), null)]),
                ]),
            },
        },
    });

    private sealed record JsonMessage(string Delivery, EventPosition Position, TrafficEvent Event);

    private sealed record Card(string Type, string Version, IReadOnlyList<Block> Body);

    private sealed record Block(string Type, IReadOnlyList<Run> Inlines);

    private sealed record Run(string Type, string Text, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Weight);
}
