using TrafficShifter.Faults.Load;
using TrafficShifter.Faults.Observation;
using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Invariants;

/// <summary>Everything that was seen in one round: a fault, or a pair, from before it until everything is right again.</summary>
internal sealed record RoundRecord
{
    public required IReadOnlyList<IFault> Faults { get; init; }

    public required DateTimeOffset Began { get; init; }

    public required DateTimeOffset Injected { get; init; }

    public required DateTimeOffset Healed { get; init; }

    /// <summary>When every live node's weights were the wanted ones again; null: not in the time in which it was waited for.</summary>
    public DateTimeOffset? Back { get; init; }

    /// <summary>What was still wrong when the waiting ended.</summary>
    public string Missing { get; init; } = "";

    public IReadOnlyList<Sample> Samples { get; init; } = [];

    /// <summary>What the store wanted of each application, oldest first, with the last before the round.</summary>
    public IReadOnlyList<Wanted> Wanted { get; init; } = [];

    public IReadOnlyList<Operation> Operations { get; init; } = [];

    /// <summary>Entries of the history that were not there before the round.</summary>
    public IReadOnlyList<HistoryRow> History { get; init; } = [];

    /// <summary>The weights that the store has at the end.</summary>
    public IReadOnlyList<StoredWeights> Stored { get; init; } = [];

    public IReadOnlyList<RollbackTrial> Rollbacks { get; init; } = [];

    /// <summary>The rollback of all to green that came just before them, and must not hold; null: none did.</summary>
    public WrongRollback? Wrong { get; init; }

    /// <summary>When all applications were rolled back to their stable colours, instead of some; null: they were not.</summary>
    public DateTimeOffset? RolledBackAll { get; init; }

    public IReadOnlyList<LeaderLine> Leaders { get; init; } = [];

    public LoadResult Load { get; init; } = LoadResult.None;

    /// <summary>The same load and faults without us; null: no fault touched traffic.</summary>
    public LoadResult? Control { get; init; }

    public string Name => string.Join(" + ", Faults.Select(f => f.Name));

    /// <summary>The longest of the faults' bounds.</summary>
    public TimeSpan Bound => Faults.Count == 0 ? TimeSpan.Zero : Faults.Max(f => f.Bound);

    /// <summary>Seen while the faults or their bound lasted.</summary>
    public bool IsAround(Sample look) => look.Answered >= Injected && look.Asked <= Healed + Bound;

    /// <summary>A HAProxy that begins anew has the weights of its file until the agent has seen it.</summary>
    /// <param name="looks">At one node, the oldest first.</param>
    public bool MayHaveItsFile(IReadOnlyList<Sample> looks, Sample look)
    {
        var first = looks.First(s => s.Pid == look.Pid);
        return first != looks[0] && (IsAround(look) || look.Asked - first.Asked <= SharesStayWithinTheirSteps.Lag);
    }

    /// <summary>A fault emptied the store: only what was written after its end can be expected there.</summary>
    public bool WipesStore => Faults.Any(f => f.WipesStore);
}

/// <summary>An entry of the history, as the API tells it.</summary>
/// <param name="App">Empty where it is about no application.</param>
internal sealed record HistoryRow(string App, string Id, string Kind, string Reason, string? Rollout, string Sentence);

/// <summary>An application's weights as the API tells them.</summary>
internal sealed record StoredWeights(string App, ulong ModifyIndex, string Reason);

/// <summary>An emergency rollback that was sent in the middle of a fault.</summary>
/// <param name="Accepted">When an api had taken it; null: none did.</param>
/// <param name="Answer">Of the api that was asked last.</param>
internal sealed record RollbackTrial(string App, DateTimeOffset Sent, DateTimeOffset? Accepted, string Answer);

/// <summary>A rollback of all to green by somebody who chose the wrong colour, and went back as soon as it was answered.</summary>
/// <param name="IsAnswered">Whatever the answer says. What was not answered may happen at any time after it was sent: nothing is claimed of what came later.</param>
/// <param name="Answer">Of the api.</param>
internal sealed record WrongRollback(DateTimeOffset Sent, bool IsAnswered, string Answer);
