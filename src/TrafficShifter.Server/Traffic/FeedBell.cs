namespace TrafficShifter.Server.Traffic;

/// <summary>Whether there may be anything new below a prefix: when the feed named a key there or may have passed over some, while nobody hears it, and now and then, for what was written past the feed.</summary>
public sealed class FeedBell
{
    /// <summary>What the feed does not tell of, such as a key written by hand, is found after this long at the latest.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(30);

    private readonly TrafficFollower _follower;
    private readonly TimeProvider _time;
    private volatile bool _rung = true;
    private long _takenAt;

    public FeedBell(string prefix, TrafficFollower follower, TimeProvider time)
    {
        (_follower, _time) = (follower, time);
        follower.Overhear(keys =>
        {
            if (keys is null || keys.Any(key => key.StartsWith(prefix, StringComparison.Ordinal))) _rung = true;
        });
    }

    public void Ring() => _rung = true;

    /// <summary>True: read now. What is named from here on rings again; who fails to read rings it himself.</summary>
    public bool TryTake()
    {
        if (!_rung && _follower.Problem is null && _time.GetElapsedTime(_takenAt) < Interval) return false;
        _takenAt = _time.GetTimestamp();
        _rung = false;
        return true;
    }
}
