using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Migrations;

/// <summary>Says what a migration would do now: its applications, their plans, and when each would move.</summary>
public sealed class MigrationPlanner(TrafficFollower follower, PlanCatalog plans, StandstillReader standstills, TimeProvider time)
{
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<MigrationSchedule> PlanAsync(string name, MigrationDefinition definition, CancellationToken cancellationToken)
    {
        var (book, standstill, known) = (new PlanBook(await plans.ListAsync(cancellationToken)), await standstills.ReadAsync(cancellationToken), follower.Current);
        return MigrationSchedule.Of(name, definition, Selection.Of(definition, known.Apps.Values), known.Fleet, book, standstill, time.GetUtcNow());
    }
}
