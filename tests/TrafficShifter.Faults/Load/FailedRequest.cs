namespace TrafficShifter.Faults.Load;

/// <summary>A request of a user that did not get a good answer.</summary>
/// <param name="Node">Which HAProxy it was sent to, from 0.</param>
/// <param name="Reason">A status (<c>503</c>), <c>connection</c> or <c>timeout</c>.</param>
internal sealed record FailedRequest(int Node, string App, DateTimeOffset Sent, DateTimeOffset Ended, string Reason);

/// <summary>What became of the users' requests in one round.</summary>
/// <param name="Requests">Sent to each node.</param>
internal sealed record LoadResult(IReadOnlyList<long> Requests, IReadOnlyList<FailedRequest> Failed)
{
    public static readonly LoadResult None = new([], []);

    public long Total => Requests.Sum();

    /// <summary>What came since an earlier look.</summary>
    public LoadResult Since(LoadResult earlier) => new([.. Requests.Zip(earlier.Requests, (now, before) => now - before)], [.. Failed.Skip(earlier.Failed.Count)]);
}
