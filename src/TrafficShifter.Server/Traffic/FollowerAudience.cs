using System.Collections.Immutable;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Traffic;

/// <summary>Who hears of what the follower reads. One that fails does not keep the others from hearing.</summary>
internal sealed partial class FollowerAudience(ILogger logger)
{
    private ImmutableArray<Action<TrafficSnapshot, IReadOnlySet<AppName>>> _listeners = [];
    private ImmutableArray<Action<IReadOnlyCollection<string>?>> _ears = [];

    public void Add(Action<TrafficSnapshot, IReadOnlySet<AppName>> listener) => ImmutableInterlocked.Update(ref _listeners, all => all.Add(listener));

    public void Add(Action<IReadOnlyCollection<string>?> ear) => ImmutableInterlocked.Update(ref _ears, all => all.Add(ear));

    public void Tell(TrafficSnapshot snapshot, IReadOnlySet<AppName> changed)
    {
        foreach (var listener in _listeners) Try(() => listener(snapshot, changed));
    }

    /// <param name="keys">What the feed names; null when something may have been missed.</param>
    public void Tell(IReadOnlyCollection<string>? keys)
    {
        foreach (var ear in _ears) Try(() => ear(keys));
    }

    private void Try(Action tell)
    {
        try
        {
            tell();
        }
        catch (Exception failed)
        {
            LogFailed(failed);
        }
    }

    [LoggerMessage(EventId = 105, Level = LogLevel.Error, Message = "A listener failed on what was read from the store; the others go on")]
    private partial void LogFailed(Exception failed);
}
