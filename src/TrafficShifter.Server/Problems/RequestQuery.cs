using System.Globalization;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Problems;

/// <summary>The query parameters and headers that several calls share.</summary>
internal static class RequestQuery
{
    /// <summary>Reads <c>?wait=5s</c>; absent is zero.</summary>
    public static bool TryReadWait(string? text, TimeSpan longest, out TimeSpan wait)
    {
        wait = TimeSpan.Zero;
        return text is null || (Duration.TryParse(text, out wait) && wait <= longest);
    }

    /// <summary>Reads <c>If-Match: "123"</c>; absent and <c>*</c> are null: any version.</summary>
    public static bool TryReadIfMatch(HttpContext http, out ulong? version)
    {
        version = null;
        var text = http.Request.Headers.IfMatch.ToString();
        if (text.Length == 0 || text == "*") return true;
        if (!ulong.TryParse(text.Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        version = number;
        return true;
    }

    /// <summary>What a colour is, as a sentence.</summary>
    public const string ColourRule = "a colour is blue or green";

    /// <summary>Reads a colour; null when it is none.</summary>
    public static Colour? FindColour(string text) => text switch { "blue" => Colour.Blue, "green" => Colour.Green, _ => null };

    /// <summary>True when every node that serves the application is observed, and there is one. A node that does not answer is never counted as done.</summary>
    public static bool IsObserved(IReadOnlyList<NodeStatus> nodes) =>
        nodes.Any(n => n.Progress == NodeProgress.Observed) && nodes.All(n => n.Progress is NodeProgress.Observed or NodeProgress.NotServing);
}
