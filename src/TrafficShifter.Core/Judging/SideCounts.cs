using System.Text.Json.Serialization;

namespace TrafficShifter.Core.Judging;

/// <summary>Requests of both sides in one interval, and how many of them were bad: failed, or slower than a bound. Whole numbers from the same sample, never negative.</summary>
/// <remarks>More bad requests than requests, as a scrape between two counters may show, count as all of them bad.</remarks>
public readonly record struct SideCounts(long CandidateRequests, long CandidateBad, long StableRequests, long StableBad)
{
    /// <summary>Whether a side has more bad requests than requests.</summary>
    [JsonIgnore]
    public bool IsSkewed => CandidateBad > CandidateRequests || StableBad > StableRequests;

    /// <summary>The candidate's part of the requests, as they came and not as configured. NaN without requests.</summary>
    internal double CandidatePart => CandidateRequests / ((double)CandidateRequests + StableRequests);

    internal bool HasNegative => CandidateRequests < 0 || CandidateBad < 0 || StableRequests < 0 || StableBad < 0;

    internal SideCounts Capped() => new(CandidateRequests, Math.Min(CandidateBad, CandidateRequests), StableRequests, Math.Min(StableBad, StableRequests));

    public static SideCounts operator +(SideCounts a, SideCounts b) => a.Add(b);

    public static SideCounts operator -(SideCounts a, SideCounts b) => a.Subtract(b);

    public SideCounts Add(SideCounts other) =>
        new(CandidateRequests + other.CandidateRequests, CandidateBad + other.CandidateBad, StableRequests + other.StableRequests, StableBad + other.StableBad);

    public SideCounts Subtract(SideCounts other) =>
        new(CandidateRequests - other.CandidateRequests, CandidateBad - other.CandidateBad, StableRequests - other.StableRequests, StableBad - other.StableBad);
}
