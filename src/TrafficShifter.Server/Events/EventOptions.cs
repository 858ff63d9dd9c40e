using System.ComponentModel.DataAnnotations;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Egress;
using TrafficShifter.Core.Events;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Events;

/// <summary>Who is told what happens. Section <c>Events</c>; read by controllers.</summary>
public sealed record EventOptions
{
    /// <summary>The sinks; default none.</summary>
    public IReadOnlyList<SinkOptions> Sinks { get; init; } = [];

    /// <summary>Longest that a sink may take to answer. 100 ms to 4 s; default 3 s.</summary>
    /// <remarks>Shorter than the 4 s for which a leader acts without a word from the store: so no two controllers send at once.</remarks>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:04")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>How old an event may become before a failed attempt gives it up. 1 s to 7 days; default 6 h.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan GiveUpAfter { get; init; } = TimeSpan.FromHours(6);

    /// <exception cref="ConfigurationException">A sink cannot be used; the message names its setting and never its URL or its secret.</exception>
    public void Check(EgressPolicy policy)
    {
        foreach (var (sink, index) in Sinks.Select((s, i) => (s, i)))
        {
            Settings.Check(sink, $"Events:Sinks:{index}");
            if (AppName.FindProblem(sink.Name) is { } bad) throw new ConfigurationException($"Events:Sinks:{index}:Name: {bad.Replace("an application name", "a sink name", StringComparison.Ordinal)}");
            if (policy.FindProblem(sink.Url) is { } problem) throw new ConfigurationException($"Events:Sinks:{index}:Url: {problem}");
        }
        if (Sinks.Select(s => s.Name).Distinct().Count() != Sinks.Count) throw new ConfigurationException("Events:Sinks: two sinks have the same name");
    }
}

/// <summary>One receiver of events.</summary>
public sealed record SinkOptions
{
    public const int MinSecretLength = 16;

    /// <summary>Name of the sink: 1 to 63 of a-z, 0-9 and '-'. Its progress is kept under it.</summary>
    [Required]
    public required string Name { get; init; }

    /// <summary>What is called; its host must be in <c>Egress:Hosts</c>. Treated as a secret: those of Slack and Teams are.</summary>
    [Required]
    public required string Url { get; init; }

    /// <summary>json (default), slack or teams.</summary>
    public SinkKind Kind { get; init; } = SinkKind.Json;

    /// <summary>Signs each request, at least 16 characters; none: requests are not signed.</summary>
    [MinLength(MinSecretLength, ErrorMessage = "a secret has at least 16 characters")]
    public string? Secret { get; init; }
}
