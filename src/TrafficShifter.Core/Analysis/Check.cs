using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Analysis;

/// <summary>A query over the applications' metrics, or a figure of what the agents count, with a limit: what must hold for a rollout to go on.</summary>
public sealed record Check
{
    public const int MaxNameLength = 63;
    public const int MaxQueryLength = 2_000;
    public const int MaxFailuresInARow = 100;
    public const int MaxPassesInARow = 100;
    public const double MaxMultiple = 100;

    /// <summary>Seconds by which a side may be slower whatever the other has: below it nobody notices, and a bucket of a histogram is as wide.</summary>
    public const double LatencySlack = 0.01;

    /// <summary>The answers of the colour's servers by HAProxy's own exporter: how requests are counted when a check does not say.</summary>
    public const string RequestsQuery = "sum(increase(haproxy_server_http_responses_total{proxy=\"{{backend}}\",server=~\"{{server}}\"}[{{window}}]))";

    public static readonly TimeSpan MinWindow = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan MaxWindow = TimeSpan.FromHours(1);
    public static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan MaxInterval = TimeSpan.FromMinutes(10);

    /// <summary>1 to 63 of a–z, A–Z, 0–9, '-', '_' and '.'; unique in its plan.</summary>
    public required string Name { get; init; }

    /// <summary>A <see cref="QueryTemplate"/> that returns exactly one series; up to 2,000 characters. Null where <see cref="Evidence"/> is measured.</summary>
    public string? Query { get; init; }

    /// <summary>What is measured without a query, from what the agents count of the traffic itself; null for a check by query.</summary>
    public EvidenceKind? Evidence { get; init; }

    /// <summary>The highest value that passes; null for no upper limit. A check has at least one limit.</summary>
    public double? Max { get; init; }

    /// <summary>The lowest value that passes; null for no lower limit.</summary>
    public double? Min { get; init; }

    /// <summary>The highest value that passes as a multiple of the stable side's in the same window, and <see cref="LatencySlack"/> more. Above 1, up to 100; for latencies of <see cref="Evidence"/>.</summary>
    public double? MaxTimesStable { get; init; }

    /// <summary>How far back <c>{{window}}</c> looks, never further than the step's settled time. 1 s to 1 h; default 1 min.</summary>
    public TimeSpan Window { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Time between two measurements. 1 s to 10 min; default 5 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Failed measurements in a row after which <see cref="OnFailure"/> happens. 1 to 100; default 2.</summary>
    public int FailuresInARow { get; init; } = 2;

    /// <summary>Failed measurements in one step after which it happens too, whatever passed between them; null for no such limit.</summary>
    public int? FailuresInStep { get; init; }

    /// <summary>What too many failures do; default <see cref="OutcomeAction.Rollback"/>.</summary>
    public OutcomeAction OnFailure { get; init; } = OutcomeAction.Rollback;

    /// <summary>What too many Insufficient measurements do; null: they hold, however many.</summary>
    public OutcomeRule? Insufficient { get; init; }

    /// <summary>What too many Errors do; null: they hold, however many. Never a rollback: an error says nothing of the new side.</summary>
    public OutcomeRule? Errors { get; init; }

    /// <summary>Passes in a row, the latest one included, without which no step ends. 1 to 100; default 1.</summary>
    public int PassesInARow { get; init; } = 1;

    /// <summary>A failure is held against the stable side, which is asked the same: where that is as bad, nobody is blamed. Default true.</summary>
    /// <remarks>Only where the query tells the sides apart, by <c>{{colour}}</c>, <c>{{stable}}</c> or <c>{{server}}</c>.</remarks>
    public bool BothSides { get; init; } = true;

    /// <summary>What a query without a result means; default <see cref="NoDataRule.Hold"/>.</summary>
    public NoDataRule NoData { get; init; } = NoDataRule.Hold;

    public CheckMode Mode { get; init; } = CheckMode.Enforce;

    /// <summary>A <see cref="QueryTemplate"/> for the number of requests that the value rests on; shown in every sentence.</summary>
    /// <remarks>Null counts none, unless <see cref="MinRequests"/> is given: then it is <see cref="RequestsQuery"/>.</remarks>
    public string? SampleQuery { get; init; }

    /// <summary>Fewer requests than this are Insufficient, whatever the value and whatever <see cref="NoData"/> says.</summary>
    public long? MinRequests { get; init; }

    /// <summary>How requests are counted; null when they are not.</summary>
    [JsonIgnore]
    public string? CountedBy => SampleQuery ?? (MinRequests is null ? null : RequestsQuery);

    [JsonIgnore]
    internal OutcomeRule Failed => new() { InARow = FailuresInARow, InStep = FailuresInStep, Do = OnFailure };

    /// <summary>The limits in words: <c>max 0.01</c>, <c>min 100, max 200</c>.</summary>
    public string DescribeLimit() => (Min, Max) switch
    {
        (null, null) when MaxTimesStable is { } times => $"max {Words.Number(times)} times the stable side",
        ({ } min, { } max) => $"min {Words.Number(min)}, max {Words.Number(max)}",
        ({ } min, null) => $"min {Words.Number(min)}",
        (null, { } max) => $"max {Words.Number(max)}",
        _ => "no limit",
    };
}

/// <summary>What it means that a query returned nothing: no traffic, an absent series and 0/0 look alike.</summary>
public enum NoDataRule
{
    /// <summary>Too little is known: the measurement is Insufficient and the rollout waits.</summary>
    Hold,

    /// <summary>The measurement failed: for a series that a working side always has.</summary>
    Fail,

    /// <summary>The measurement passed: for a count of errors that exists only once there is one.</summary>
    Pass,
}

public enum CheckMode
{
    /// <summary>Failures roll back, or what the check says, and no step ends without a pass.</summary>
    Enforce,

    /// <summary>Measured and shown; decides nothing.</summary>
    Observe,
}
