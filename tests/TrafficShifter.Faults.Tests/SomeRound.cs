using TrafficShifter.Core.Traffic;
using TrafficShifter.Faults.Invariants;
using TrafficShifter.Faults.Load;
using TrafficShifter.Faults.Observation;
using TrafficShifter.Faults.Stack;
using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Tests;

/// <summary>A round in which everything held: the fault from second 0 to 4, right again at 5. Tests change what they are about.</summary>
internal static class SomeRound
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static RoundRecord Good(SomeFault? fault = null) => new()
    {
        Faults = [fault ?? new SomeFault()],
        Began = At(-2),
        Injected = At(0),
        Healed = At(4),
        Back = At(5),
        Samples = [Look(-1, shop: 20), Look(0.1, shop: 20), Look(2, shop: 20, fire: 0), Look(2.1, shop: 20, fire: 0), Look(5, shop: 20, fire: 0), Look(5.1, shop: 20, fire: 0)],
        Wanted = [Wants("shop", -60, 20), Wants("fire", -60, 50), Wants("fire", 1.5, 0)],
        Operations = [Shift(2, index: 7)],
        History = [Told("shift 2")],
        Stored = [new StoredWeights("shop", 7, "shift 2")],
        Rollbacks = [new RollbackTrial("fire", At(1), At(1.2), "200")],
        Leaders = [],
        Load = new LoadResult([100, 100], []),
    };

    public static DateTimeOffset At(double second) => Noon.AddSeconds(second);

    public static Sample Look(double second, decimal? shop = 20, decimal? fire = 50, int node = 0, int? pid = 77) => new(
        node, At(second), At(second).AddMilliseconds(5), pid, pid is null ? new Dictionary<string, decimal?>() : new Dictionary<string, decimal?> { [TestedApp.Shop.Name] = shop, [TestedApp.Fire.Name] = fire });

    public static Wanted Wants(string app, double second, decimal green) => new(app, At(second - 0.1), At(second), green);

    public static Operation Shift(int number, ulong? index = null, OperationOutcome outcome = OperationOutcome.Accepted, double second = 2) =>
        new("shop", "anna", "shift", At(second), At(second + 0.1), outcome, index, new Weights { Blue = 80, Green = 20 }) { Reason = $"shift {number}" };

    public static HistoryRow Told(string reason, string id = "01", string kind = "weights.set", string? rollout = null) => new("shop", id, kind, reason, rollout, "…");

    public static FailedRequest Failed(double second, int node = 0) => new(node, "shop", At(second), At(second + 0.1), "503");
}

/// <summary>A fault that does nothing, for records of rounds.</summary>
internal sealed record SomeFault(string Name = "some-fault", bool TouchesTraffic = false, bool WipesStore = false) : IFault
{
    public TimeSpan Bound { get; init; } = TimeSpan.FromSeconds(10);

    public string Class { get; init; } = "some";

    public IReadOnlyList<int> WithoutAgent { get; init; } = [];

    public Task InjectAsync(FaultStack stack, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task HealAsync(FaultStack stack, CancellationToken cancellationToken) => Task.CompletedTask;
}
