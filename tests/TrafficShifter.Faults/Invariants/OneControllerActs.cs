using TrafficShifter.Faults.Observation;

namespace TrafficShifter.Faults.Invariants;

/// <summary>No two controllers act at the same time.</summary>
/// <remarks>
/// A time of leading begins with the line that says so. What was written in it has indexes; those of two processes' times must not overlap, whatever
/// their clocks say and whenever their lines were read.
/// </remarks>
internal sealed class OneControllerActs : IInvariant
{
    public string Name => "one controller acts";

    public IEnumerable<string> Find(RoundRecord round)
    {
        // An emptied store counts its indexes from the beginning: they cannot be compared.
        if (round.WipesStore) yield break;
        var times = round.Leaders.GroupBy(l => l.Server).SelectMany(Split).ToList();
        for (var i = 0; i < times.Count; i++)
            for (var j = i + 1; j < times.Count; j++)
                if (times[i].Server != times[j].Server && times[i].First <= times[j].Last && times[j].First <= times[i].Last)
                    yield return $"{times[i]} and {times[j]} overlap";
    }

    private static IEnumerable<Leading> Split(IGrouping<string, LeaderLine> lines)
    {
        var written = new List<ulong>();
        foreach (var line in lines.OrderBy(l => l.Order))
        {
            if (line.Index is { } index)
            {
                written.Add(index);
                continue;
            }
            if (written.Count > 0) yield return new Leading(lines.Key, written.Min(), written.Max());
            written.Clear();
        }
        if (written.Count > 0) yield return new Leading(lines.Key, written.Min(), written.Max());
    }

    private sealed record Leading(string Server, ulong First, ulong Last)
    {
        public override string ToString() => $"{Server}'s decisions {First} to {Last}";
    }
}
