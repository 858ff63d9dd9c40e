using System.Globalization;
using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>What came of probing one colour.</summary>
public abstract record ProbeAnswer
{
    private ProbeAnswer() { }

    /// <param name="Host">Who answered.</param>
    /// <param name="Version">What it says it is; null when it says nothing, or nothing was asked for.</param>
    public sealed record Answered(string Host, int Status, TimeSpan Took, string? Version) : ProbeAnswer;

    /// <summary>It did not answer.</summary>
    public sealed record Silent(string Problem) : ProbeAnswer;

    /// <summary>Nothing was sent: it may not be called, or there is no URL to call.</summary>
    public sealed record Unasked(string Problem) : ProbeAnswer;
}

/// <summary>What the probes of both colours mean.</summary>
public static class ProbeReadiness
{
    private const int MaxVersion = 200;

    public static IReadOnlyList<Finding> Judge(ReadinessProbe probe, Colour to, ProbeAnswer blue, ProbeAnswer green)
    {
        var findings = new List<Finding> { Judge(probe, Colour.Blue, blue), Judge(probe, Colour.Green, green) };
        if (probe.Version is not null) findings.Add(Compare(to, VersionOf(blue), VersionOf(green)));
        return findings;
    }

    /// <summary>What one colour's answer means.</summary>
    public static Finding Judge(ReadinessProbe probe, Colour colour, ProbeAnswer answer)
    {
        var (verdict, sentence, value) = answer switch
        {
            ProbeAnswer.Answered answered when probe.Expects(answered.Status) => (Verdict.Ready, Say(colour, answered), Number(answered.Status)),
            ProbeAnswer.Answered answered => (Verdict.NotReady, $"{Say(colour, answered)}, expected {probe.DescribeStatus()}{(answered.Status is >= 300 and <= 399 ? "; redirects are not followed" : "")}", Number(answered.Status)),
            ProbeAnswer.Silent silent => (Verdict.NotReady, $"{colour.Word()}: {silent.Problem}", null),
            ProbeAnswer.Unasked unasked => (Verdict.Unknown, $"{colour.Word()} was not probed: {unasked.Problem}", null),
            _ => throw new ArgumentOutOfRangeException(nameof(answer)),
        };
        return new Finding($"probe/{colour.Word()}", verdict, sentence, value, probe.DescribeStatus());
    }

    public static SideVersions Versions(ProbeAnswer blue, ProbeAnswer green) => new(VersionOf(blue), VersionOf(green));

    /// <summary>The version in an answer, cut to 200 characters, without what a sentence cannot show; null when it says none.</summary>
    /// <param name="header">The value of the source's header; null when there is none.</param>
    /// <param name="body">At most as much of it as is read.</param>
    public static string? FindVersion(VersionSource source, string? header, string body)
    {
        var found = source.Json is { } path ? FindMember(path, body) : header;
        if (string.IsNullOrWhiteSpace(found)) return null;
        var clean = new string([.. found.Trim().Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c)]);
        return clean.Length <= MaxVersion ? clean : clean[..MaxVersion];
    }

    private static string? FindMember(JsonPath path, string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 32 });
            return path.Find(document.RootElement);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            // Half a surrogate pair is found only when the text is asked for, and is not a matter of JSON then.
            return null;
        }
    }

    private static Finding Compare(Colour to, string? blue, string? green)
    {
        var (from, next) = to == Colour.Green ? (blue, green) : (green, blue);
        var limit = from is null ? "the same on both colours" : $"{from}, as {to.Other().Word()}";
        if (from is null || next is null)
            return new Finding("version", Verdict.Unknown, $"{(from is null && next is null ? "neither colour says" : $"{(from is null ? to.Other() : to).Word()} does not say")} which version it is of", next, limit);
        return from == next
            ? new Finding("version", Verdict.Ready, $"both colours are of version {from}", next, limit)
            : new Finding("version", Verdict.NotReady, $"{to.Word()} is of version {next}, {to.Other().Word()} of {from}", next, limit);
    }

    private static string? VersionOf(ProbeAnswer answer) => (answer as ProbeAnswer.Answered)?.Version;

    private static string Say(Colour colour, ProbeAnswer.Answered answered) => string.Create(CultureInfo.InvariantCulture, $"{colour.Word()}: {answered.Host} answered {answered.Status} in {Duration.Format(answered.Took)}");

    private static string Number(int status) => status.ToString(CultureInfo.InvariantCulture);
}
