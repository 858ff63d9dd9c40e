using System.Globalization;
using TrafficShifter.Faults.Invariants;
using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Running;

/// <summary>What came of one round.</summary>
/// <param name="FailedInControl">Without us; null: no control run.</param>
/// <param name="Changes">What operators wrote, and what the controller decided.</param>
/// <param name="BeyondControl">Requests that failed because of us.</param>
/// <param name="BackAfter">From the fault's end until all weights were right; null: they were not.</param>
/// <param name="AcceptedAfter">The slowest rollback's answer; null: one was not taken.</param>
/// <param name="ObservedAfter">The slowest rollback on the slowest node; null: not everywhere.</param>
/// <param name="Violations">Sentences, each with its invariant's name.</param>
internal sealed record RoundResult(string Name, int Changes, long Requests, long Failed, long? FailedInControl, long BeyondControl, TimeSpan? BackAfter, TimeSpan? AcceptedAfter, TimeSpan? ObservedAfter, IReadOnlyList<string> Violations)
{
    /// <summary>What made its rounds' choices: <c>--seed</c> has the round made again.</summary>
    public int Seed { get; init; }

    /// <summary>From the run's beginning to the round's.</summary>
    public TimeSpan Began { get; init; }

    /// <summary>All applications were rolled back in its middle, not some.</summary>
    public bool IsOfAll { get; init; }

    /// <summary>A rollback of all to green was sent just before it.</summary>
    public bool IsWrongFirst { get; init; }

    /// <summary>It came to no end.</summary>
    public bool IsBroken { get; private init; }

    /// <summary>What was rolled back in its middle, for the line that tells of it.</summary>
    public string Emergency => this switch
    {
        { IsWrongFirst: true, IsOfAll: true } => ", all to green, then all back",
        { IsWrongFirst: true } => ", all to green, then two back",
        { IsOfAll: true } => ", all rolled back",
        _ => "",
    };

    /// <summary>What makes it again.</summary>
    public string Command => string.Create(CultureInfo.InvariantCulture, $"./dev test --faults --only {Name.Replace(" + ", "+", StringComparison.Ordinal)} --seed {Seed}");

    /// <summary>A round that came to no end, for what the harness says.</summary>
    public static RoundResult Broken(string name, string why) => new(name, 0, 0, 0, null, 0, null, null, null, [$"the round did not end: {why}"]) { IsBroken = true };

    public static RoundResult Of(RoundRecord round, IReadOnlyList<IInvariant> invariants)
    {
        var delays = round.Rollbacks.SelectMany(trial => round.Samples.Select(s => s.Node).Distinct().Select(node => RollbackAlwaysWorks.FindDelay(round, trial, node))).OfType<(TimeSpan Delay, bool Seen)>().ToList();
        return new RoundResult(
            round.Name,
            round.Operations.Count(o => o.Kind != "read" && o.Outcome == OperationOutcome.Accepted) + round.Leaders.Count(l => l.Index is not null),
            round.Load.Total,
            round.Load.Failed.Count,
            round.Control?.Failed.Count,
            NoRequestLost.CountBeyondControl(round),
            round.Back - round.Healed,
            round.Rollbacks.All(r => r.Accepted is not null) ? round.Rollbacks.Max(r => r.Accepted - r.Sent) : null,
            delays.All(d => d.Seen) ? delays.Max(d => d.Delay) : null,
            [.. invariants.SelectMany(i => i.Find(round).Select(what => $"{i.Name}: {what}"))]) { IsOfAll = round.RolledBackAll is not null, IsWrongFirst = round.Wrong is not null };
    }
}
