using System.Text.Json.Serialization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>A pipeline that was asked to deploy an application to a colour: <c>releases/&lt;app&gt;</c>, the last one of each application. Written before it is asked.</summary>
public sealed record ReleaseState : Document
{
    public required AppName App { get; init; }

    /// <summary>What the pipeline knows the request by, however often it comes: <c>shop/</c> and a ULID.</summary>
    public required string Id { get; init; }

    /// <summary>The campaign that it is for.</summary>
    public required string Campaign { get; init; }

    /// <summary>When that run of the campaign began: one that is stored again under the same name asks anew. Null in what an earlier release of TrafficShifter wrote.</summary>
    public DateTimeOffset? Run { get; init; }

    public required Colour To { get; init; }

    /// <summary>The version that the other colour has; null when it does not say.</summary>
    public string? Version { get; init; }

    /// <summary>What the application lacked.</summary>
    public required string Sentence { get; init; }

    public required ReleasePhase Phase { get; init; }

    /// <summary>Attempts whose answer was noted.</summary>
    public int Attempts { get; init; }

    /// <summary>The latest answer; null before the first.</summary>
    public HookOutcome? Last { get; init; }

    /// <summary>How long it has been waited for, to the last write: elapsed time, at most 15 s behind.</summary>
    public TimeSpan Waited { get; init; }

    /// <summary>Of <see cref="Waited"/>, when the next attempt is due.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TimeSpan DueAt { get; init; }

    public required DateTimeOffset At { get; init; }

    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>It is for this run of the campaign, and this colour.</summary>
    public bool IsOf(string campaign, DateTimeOffset? run, Colour to) => (Campaign, To) == (campaign, to) && (Run is null ? run is null || At >= run : Run == run);

    /// <summary>It is for this run of the campaign, this colour and this version: it is not asked again.</summary>
    public bool IsFor(string campaign, DateTimeOffset? run, Colour to, string? version) => IsOf(campaign, run, to) && Version == version;
}

public enum ReleasePhase
{
    /// <summary>No 2xx has come yet.</summary>
    Asking,

    /// <summary>The pipeline has taken it; readiness is waited for.</summary>
    Waiting,

    /// <summary>The application became ready.</summary>
    Done,

    /// <summary>It did not become ready within the deadline.</summary>
    Expired,

    /// <summary>The pipeline said 3xx or 4xx, or may not be called.</summary>
    Refused,
}

/// <summary>What the pipeline is told.</summary>
/// <param name="Delivery">The same for every attempt.</param>
/// <param name="Attempt">From 1; the same number twice is the same attempt, made again after a crash.</param>
/// <param name="Colour">Where it is to be deployed.</param>
/// <param name="From">The colour that has it.</param>
/// <param name="Version">What that colour says it is; null when it does not say.</param>
/// <param name="Why">What the colour lacks, as a sentence.</param>
public sealed record ReleaseMessage(string Delivery, int Attempt, AppName App, Colour Colour, Colour From, string? Version, string Campaign, string Why)
{
    /// <summary>The body of the request; the same whoever makes the attempt.</summary>
    public static string Write(ReleaseState release) => DocumentJson.Write(
        new ReleaseMessage(release.Id, release.Attempts + 1, release.App, release.To, release.To.Other(), release.Version, release.Campaign, release.Sentence));
}
