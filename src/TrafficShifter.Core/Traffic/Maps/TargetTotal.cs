using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>How many users the target rules of all applications have together: <c>claims/target-users</c>, written in the transaction of every change that adds or drops some.</summary>
/// <remarks>So two applications that grow at once cannot both pass the limit. Counted anew when it is missing, and before anybody is refused by it.</remarks>
public sealed record TargetTotal : Document
{
    /// <summary>HAProxy looks at every row for a single change: 13.5 ms at 100,000, in which a thread serves nobody.</summary>
    public const int Max = 100_000;

    public required int Users { get; init; }

    /// <summary>Users in one entry of <c>targets/</c>; 0 in one that is broken.</summary>
    public static int CountIn(Entry entry) => TargetChunks.Find(entry)?.Users ?? Reading.Of<TargetRules>(entry).Find()?.UserCount ?? 0;

    public static int CountIn(IEnumerable<Entry> all) => all.Where(e => Keys.FindAppExactly(e.Key, Keys.Targets) is not null).Sum(CountIn);

    /// <summary>The counter after a change, in the change's transaction.</summary>
    /// <param name="counter">As it was read; null when there is none.</param>
    public static Change Write(Entry? counter, int users) => new Change.Put(Keys.TargetUsers, DocumentJson.Write(new TargetTotal { Users = Math.Max(0, users) }), counter?.ModifyIndex ?? 0);
}
