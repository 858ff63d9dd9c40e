namespace TrafficShifter.Core.Analysis;

/// <summary>Names of the series that agents count from HAProxy's access log, and by which the controller asks for them.</summary>
/// <remarks>
/// All are counters of one node, exact but for <see cref="Lost"/>. A request belongs to the colour that it was <em>meant</em> for: one that failed over is a
/// bad request of that colour and none of the other's. Targeted requests are in <see cref="Targeted"/> alone.
/// </remarks>
public static class EvidenceSeries
{
    /// <summary>Labels app, colour, half: requests that were not targeted. Served each second, for applications with a rollout.</summary>
    public const string Requests = "trafficshifter_evidence_requests_total";

    /// <summary>Labels app, colour, half: those of <see cref="Requests"/> that failed, by status or by how HAProxy ended them.</summary>
    public const string Bad = "trafficshifter_evidence_bad_total";

    /// <summary>Labels app, colour, le in seconds, cumulative, +Inf included: from the request's arrival to the first byte of the answer, as far as the side answers for it. Answered requests alone.</summary>
    public const string LatencyBucket = "trafficshifter_evidence_latency_seconds_bucket";

    /// <summary>Labels app, colour, result (good, bad): requests that a target rule, an opt-out or a lock sent. No part of a verdict.</summary>
    public const string Targeted = "trafficshifter_evidence_targeted_total";

    /// <summary>Labels app, colour: requests meant for this colour that the other one served.</summary>
    public const string FailedOver = "trafficshifter_evidence_failed_over_total";

    /// <summary>Label reason: records that HAProxy wrote and the agent never counted. A tick in which it grew is no evidence.</summary>
    public const string Lost = "trafficshifter_evidence_lost_total";

    /// <summary>1 while the agent receives its HAProxy's records, else 0; no label. A node without it gives no evidence, and it is not counted as none having failed.</summary>
    public const string Receiving = "trafficshifter_evidence_receiving";

    /// <summary>As <see cref="Requests"/>, for every application, on the slow scrape: what the baseline of six hours is read from.</summary>
    public const string CoarseRequests = "trafficshifter_app_requests_total";

    /// <summary>As <see cref="Bad"/>, for every application, on the slow scrape.</summary>
    public const string CoarseBad = "trafficshifter_app_bad_requests_total";

    /// <summary>As <see cref="LatencyBucket"/>, for every application, on the slow scrape, with the same bounds.</summary>
    public const string CoarseLatencyBucket = "trafficshifter_app_latency_seconds_bucket";

    /// <summary>The label that tells two halves of a colour's servers apart, so that clustered errors can be told from many independent ones: a or b.</summary>
    public const string HalfLabel = "half";
}
