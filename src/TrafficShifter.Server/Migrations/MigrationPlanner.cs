using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Migrations;

/// <summary>Says what a migration would do now: its applications, their plans, and when each would move.</summary>
public sealed class MigrationPlanner(TrafficFollower follower, PlanCatalog plans, StandstillReader standstills, Prober prober, TimeProvider time)
{
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<MigrationSchedule> PlanAsync(string name, MigrationDefinition definition, CancellationToken cancellationToken)
    {
        var (book, standstill, known) = (new PlanBook(await plans.ListAsync(cancellationToken)), await standstills.ReadAsync(cancellationToken), follower.Current);
        var selection = Selection.Of(definition, known.Apps.Values);
        var schedule = MigrationSchedule.Of(name, definition, selection, known.Fleet, book, standstill, time.GetUtcNow());
        var uncallable = prober.FindRefusals(selection.Waves.SelectMany(w => w).Select(a => a.Definition.Value!), definition.Preflight, "/preflight");
        return uncallable.Count == 0 ? schedule : schedule with
        {
            Ends = null,
            Refusals = uncallable.GroupBy(r => r.Pointer, r => r.Detail).ToDictionary(g => g.Key, g => string.Join("; ", g)).Concat(schedule.Refusals).DistinctBy(r => r.Key).ToDictionary(),
        };
    }
}
