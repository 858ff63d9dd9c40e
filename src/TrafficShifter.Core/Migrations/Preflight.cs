using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>What must hold before an application's traffic moves to the other colour, and while it does. Part of a campaign, and of an application's definition.</summary>
/// <remarks>Enough usable servers of the colour being moved to are always asked for; everything here is asked beside that.</remarks>
public sealed record Preflight : DocumentPart
{
    public const int MaxQueries = 20;

    /// <summary>The part of a colour's servers that must be usable on each node where nothing says otherwise, as plans have it.</summary>
    public static readonly Share DefaultMinHealthy = Share.OfBasisPoints(5_000);

    /// <summary>Asked of both colours; null: none is.</summary>
    public ReadinessProbe? Probe { get; init; }

    /// <summary>Asked of the metric source, up to 20; null: as the campaign has it.</summary>
    public IReadOnlyList<ReadinessQuery>? Queries { get; init; }

    /// <summary>The part of the servers of the colour being moved to that must be usable on each node, and at least one. Default 50 %.</summary>
    public Share? MinHealthy { get; init; }

    /// <summary>Who is asked to deploy what the colour being moved to lacks; null: nobody.</summary>
    public ReleaseRequest? Release { get; init; }

    /// <summary>What holds for one application: its own word before the campaign's, member by member.</summary>
    public static Preflight Of(Preflight? app, Preflight? campaign) => new()
    {
        Probe = app?.Probe ?? campaign?.Probe,
        Queries = app?.Queries ?? campaign?.Queries,
        MinHealthy = app?.MinHealthy ?? campaign?.MinHealthy,
        Release = app?.Release ?? campaign?.Release,
    };

    /// <summary>Everything that is wrong with it.</summary>
    /// <param name="at">JSON pointer of this part in what was sent.</param>
    public IReadOnlyList<PlanProblem> FindProblems(string at = "") => [.. PreflightRules.Of(this).Select(p => p with { Pointer = at + p.Pointer })];

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() =>
        [("probe", Probe), ("release", Release), .. (Queries ?? []).Select((query, i) => ($"queries/{i}", (DocumentPart?)query))];
}
