using TrafficShifter.Faults.Invariants;

namespace TrafficShifter.Faults.Linearizability;

/// <summary>Whoever reads and writes the weights of an application could have done so one after the other.</summary>
/// <remarks>Not where the store was emptied: its indexes begin anew. A search that is too long for its steps is no violation; it is not met with these numbers of operations.</remarks>
internal sealed class WritersAreLinearizable : IInvariant
{
    public string Name => "writers linearizable";

    public IEnumerable<string> Find(RoundRecord round)
    {
        if (round.WipesStore) yield break;
        foreach (var app in round.Operations.GroupBy(o => o.App))
            if (LinearizabilityChecker.Check(WeightsHistory.Of([.. app]), WeightsRegister.Anything) is LinearizabilityVerdict.Violated violated) yield return $"{app.Key}: {violated.Sentence}";
    }
}
