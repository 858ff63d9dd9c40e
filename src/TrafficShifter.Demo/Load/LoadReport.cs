using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Demo.Load;

/// <summary>What happened to every request so far.</summary>
/// <param name="Requests">Requests that ended: with an answer or with a failure. <c>Requests = Σ ByColour.Requests</c>.</param>
/// <param name="Failures">5xx answers, broken or refused connections, and time-outs.</param>
/// <param name="ByColour">By the answer's <c>X-Colour</c>; what had none, such as an error that HAProxy made itself, is under <see cref="NoColour"/>.</param>
/// <param name="P50">Of all answers and failures but time-outs, from sending to the last byte. Up to 6.25 % too high.</param>
public sealed record LoadReport(TimeSpan Elapsed, long Requests, long Failures, IReadOnlyDictionary<string, ColourLoad> ByColour, TimeSpan P50, TimeSpan P99)
{
    public const string NoColour = "none";

    public double RequestsPerSecond => Elapsed > TimeSpan.Zero ? Requests / Elapsed.TotalSeconds : 0;

    public ColourLoad Of(Colour colour) => ByColour[colour.Word()];

    /// <summary>The colour's part of all answers that had a colour, 0 to 1; 0 when there were none.</summary>
    public double RatioOf(Colour colour)
    {
        var both = Of(Colour.Blue).Requests + Of(Colour.Green).Requests;
        return both == 0 ? 0 : Of(colour).Requests / (double)both;
    }

    /// <summary><c>12000 requests, 3 failed: green 2 × 500, none 1 × connection</c>, for the message of a failed test.</summary>
    public override string ToString()
    {
        var failures = ByColour.SelectMany(c => c.Value.FailuresByKind.Select(f => $"{c.Key} {f.Value} × {f.Key}")).ToList();
        return $"{Requests} requests, {Failures} failed{(failures.Count == 0 ? "" : $": {string.Join(", ", failures)}")}";
    }
}

/// <param name="ByStatus">Answers by status code.</param>
/// <param name="FailuresByKind">By status code for 5xx, else <c>connection</c> (refused, reset, cut short) or <c>timeout</c>.</param>
public sealed record ColourLoad(long Requests, long Failures, IReadOnlyDictionary<int, long> ByStatus, IReadOnlyDictionary<string, long> FailuresByKind);
