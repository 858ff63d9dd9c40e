using System.Text.Json.Serialization;

namespace TrafficShifter.Core.Analysis;

/// <summary>One answer to one check, with everything that is needed to explain it.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "outcome")]
[JsonDerivedType(typeof(Passed), "passed")]
[JsonDerivedType(typeof(Failed), "failed")]
[JsonDerivedType(typeof(Insufficient), "insufficient")]
[JsonDerivedType(typeof(Error), "error")]
public abstract record Measurement
{
    private Measurement() { }

    /// <summary>Name of the check.</summary>
    public required string Check { get; init; }

    /// <summary>What the query returned; null when it returned nothing.</summary>
    public double? Value { get; init; }

    /// <summary>The check's limit in words: <c>max 0.01</c>.</summary>
    public required string Limit { get; init; }

    /// <summary>The query as it was asked, placeholders replaced.</summary>
    public required string Query { get; init; }

    /// <summary>How far back the query looked; shorter than the check's own window early in a step.</summary>
    public required TimeSpan Window { get; init; }

    /// <summary>Requests that the value rests on; null when the check does not count them.</summary>
    public double? Sample { get; init; }

    /// <summary>What the same query returned for the stable colour; null when that was not asked or had no answer.</summary>
    public double? Stable { get; init; }

    public required DateTimeOffset At { get; init; }

    /// <summary>One sentence with value, limit, sample and window.</summary>
    public required string Sentence { get; init; }

    /// <summary>The value is within the limit.</summary>
    public sealed record Passed : Measurement;

    /// <summary>The value is beyond the limit.</summary>
    public sealed record Failed : Measurement;

    /// <summary>Too little or no data: neither for nor against.</summary>
    public sealed record Insufficient : Measurement
    {
        /// <summary>The stable side is beyond the limit as well, and about as far.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public bool BothSides { get; init; }
    }

    /// <summary>The source could not be asked, refused the query, or its clock is off: neither for nor against.</summary>
    public sealed record Error : Measurement
    {
        /// <summary>The query itself is at fault (it does not parse, it returns several series): it will not do better later.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
        public bool IsQueryFault { get; init; }
    }
}
