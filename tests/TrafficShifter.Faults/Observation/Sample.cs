namespace TrafficShifter.Faults.Observation;

/// <summary>One look at a HAProxy's own weights, by its raw Runtime API.</summary>
/// <param name="Node">From 0.</param>
/// <param name="Asked">The look began.</param>
/// <param name="Answered">It ended.</param>
/// <param name="Pid">Of the worker that answered; null: nobody did within a second.</param>
/// <param name="Shares">Green's share in percent by application; null: both colours at 0. Empty when nobody answered.</param>
internal sealed record Sample(int Node, DateTimeOffset Asked, DateTimeOffset Answered, int? Pid, IReadOnlyDictionary<string, decimal?> Shares);
