using TrafficShifter.Faults.Linearizability;

namespace TrafficShifter.Faults.Invariants;

internal static class AllInvariants
{
    public static IReadOnlyList<IInvariant> List { get; } =
        [new NoRequestLost(), new WeightsComeBack(), new SharesStayWithinTheirSteps(), new RollbackAlwaysWorks(), new HistoryIsComplete(), new OneControllerActs(), new WritersAreLinearizable()];
}
