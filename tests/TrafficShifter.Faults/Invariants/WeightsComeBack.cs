namespace TrafficShifter.Faults.Invariants;

/// <summary>Within the bound after a fault's end, every live node has the weights that the store wants.</summary>
internal sealed class WeightsComeBack : IInvariant
{
    public string Name => "weights right again";

    public IEnumerable<string> Find(RoundRecord round) => round.Back switch
    {
        null => [$"not right {round.Bound.TotalSeconds:0} s after the fault's end: {round.Missing}"],
        { } back when back - round.Healed > round.Bound => [$"right only {(back - round.Healed).TotalSeconds:0.0} s after the fault's end, {round.Bound.TotalSeconds:0} s are allowed"],
        _ => [],
    };
}
