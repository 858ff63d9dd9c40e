namespace TrafficShifter.Benchmarks.Api;

/// <summary>What it took to tell every stream of changes.</summary>
/// <param name="Last">From the call being sent to the last stream having its event.</param>
/// <param name="Missing">Events that a stream did not have in the end, over all streams.</param>
internal sealed record Told(int Streams, Percentiles First, Percentiles Last, Percentiles Floor, long Missing, double CpuMsPerEvent, double KibPerStream, double BurstPerSecond, double BurstLagMs);
