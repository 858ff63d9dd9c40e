using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>Why applications cannot be of a migration as they are now.</summary>
public static class Obstacles
{
    /// <summary>Who a migration is in an application's state.</summary>
    public static string Holder(string migration) => $"migration/{migration}";

    /// <summary>What stands in the way of a start, wave by wave: each kind of obstacle once, with the applications that have it.</summary>
    /// <param name="planProblem">Why an application has no plan to move by; null when it has one.</param>
    public static IReadOnlyList<PlanProblem> Find(string migration, MigrationDefinition definition, Selection selection, Known<FleetRollback> fleet, Func<int, AppTraffic, string?> planProblem) =>
    [
        .. selection.Waves.SelectMany((apps, wave) => apps
            .Select(app => (app.Name, Why: FindOne(migration, definition, app, fleet) ?? planProblem(wave, app)))
            .Where(a => a.Why is not null)
            .GroupBy(a => a.Why!)
            .Select(g => new PlanProblem("/" + Wave.At(wave), $"{Selection.Names(g.Select(a => a.Name))}: {g.Key}"))),
    ];

    /// <summary>Why an application's rollout cannot begin now that it was decided to, as a sentence: what it was decided on is no longer so. Null when it is.</summary>
    /// <param name="state">As it is at this moment.</param>
    public static string? FindChange(Migration migration, Move move, AppState state) =>
        state.Campaign != migration.Holder ? $"it is held by {state.Campaign ?? "nobody"}, not by this migration"
        : state.Stable.Other() != move.To ? $"{state.Stable.Word()} is its stable colour: there is no way from there to {move.To.Word()}"
        : null;

    /// <summary>Why one application cannot be held for the migration now, as a sentence; null when it can.</summary>
    public static string? FindOne(string migration, MigrationDefinition definition, AppTraffic app, Known<FleetRollback> fleet)
    {
        if (!app.Exists) return "it is not there";
        var state = app.State.Value!;
        if (app.State.IsLost || app.State.Problem is not null || state.IsReadOnly) return "its state cannot be written: it is lost, broken or of a newer version";
        if (state.Campaign is { } holder && holder != Holder(migration)) return $"it is held by {holder}";
        if (state.Evacuated is { } gone) return gone.Describe();
        if (app.FindLock(fleet) is { } held) return $"all traffic is locked to {held.To.Word()} by {held.By}";
        // What is on its way there already is left alone; what is there needs nothing.
        if (state.Rollout is not null) return "a rollout is running";
        if (state.Stable != definition.TargetOf(state) && app.Weights.Value is { } weights && weights.ShareOf(state.Stable) != Share.All) return "not all of its traffic is on its stable colour";
        return null;
    }
}
