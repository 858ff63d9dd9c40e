using TrafficShifter.Core.Traffic;
using TrafficShifter.Faults.Linearizability;
using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Tests.Linearizability;

public sealed class WeightsHistoryTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void What_callers_saw_becomes_operations_and_a_refusal_tells_nothing()
    {
        var told = WeightsHistory.Of(
        [
            Of("shift", 0, 10, 5),
            Of("shift", 1, 20, null, OperationOutcome.Refused),
            Of("shift", 2, 30, null, OperationOutcome.Unknown),
            Of("put", 3, 40, null),
            Of("read", 4, 40, 9),
        ]);

        told.Select(o => o.GetType().Name).ShouldBe(["Written", "Unknown", "Written", "Read"]);
        told.OfType<WeightsOperation.Written>().Select(w => w.ModifyIndex).ShouldBe([5, null]);
        Find(told).ShouldBeOfType<LinearizabilityVerdict.Linearizable>();
    }

    [Fact]
    public void A_value_that_nobody_wrote_is_a_violation_and_with_a_rollout_it_is_the_controllers()
    {
        List<Operation> operations = [Of("shift", 0, 10, 5), Of("read", 2, 25, 7)];
        Find(WeightsHistory.Of(operations)).ShouldBeOfType<LinearizabilityVerdict.Violated>();

        operations.Add(Of("rollout", 1, null, null));
        Find(WeightsHistory.Of(operations)).ShouldBeOfType<LinearizabilityVerdict.Linearizable>();
    }

    [Fact]
    public void A_reading_that_goes_back_is_a_violation_whoever_wrote() =>
        Find(WeightsHistory.Of([Of("rollout", 0, null, null), Of("shift", 1, 10, 5), Of("read", 3, 25, 7), Of("read", 5, 10, 5)])).ShouldBeOfType<LinearizabilityVerdict.Violated>();

    [Fact]
    public void A_history_may_begin_in_the_middle() =>
        Find(WeightsHistory.Of([Of("read", 0, 70, 1234), Of("shift", 2, 10, 1240), Of("read", 4, 10, 1240)])).ShouldBeOfType<LinearizabilityVerdict.Linearizable>();

    private static LinearizabilityVerdict Find(IReadOnlyList<WeightsOperation> history) => LinearizabilityChecker.Check(history, WeightsRegister.Anything);

    private static Operation Of(string kind, double sent, int? green, ulong? index, OperationOutcome outcome = OperationOutcome.Accepted) =>
        new("shop", "anna", kind, Noon.AddSeconds(sent), Noon.AddSeconds(sent + 0.5), outcome, index, green is { } share ? new Weights { Blue = 100 - share, Green = share } : null);
}
