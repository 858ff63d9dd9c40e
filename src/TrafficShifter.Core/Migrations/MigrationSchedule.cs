using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>What a migration would do if it started now, with nothing written.</summary>
/// <param name="Apps">Applications of all waves.</param>
/// <param name="Ends">The earliest that it can be done; null where the calendar leaves no time, or something refuses it.</param>
/// <param name="Warnings">What is worth knowing before, one sentence each.</param>
/// <param name="Refusals">Why it would not start, by JSON pointer; empty when it would.</param>
public sealed record MigrationSchedule(int Apps, DateTimeOffset Begins, DateTimeOffset? Ends, IReadOnlyList<ScheduledWave> Waves, IReadOnlyList<string> Warnings, IReadOnlyDictionary<string, string> Refusals)
{
    /// <param name="definition">Without problems of its own.</param>
    /// <param name="standstill">What holds all rollouts now.</param>
    public static MigrationSchedule Of(string name, MigrationDefinition definition, Selection selection, Known<FleetRollback> fleet, PlanBook plans, Standstill standstill, DateTimeOffset now)
    {
        var refused = selection.Problems.Concat(Obstacles.Find(name, definition, selection, fleet, (wave, app) => plans.Find(definition.PlanOf(wave, app.Definition.Value!)).Problem))
            .GroupBy(p => p.Pointer).ToDictionary(p => p.Key, p => string.Join("; ", p.Select(x => x.Detail)));
        var rows = selection.Waves.Select((apps, wave) => apps.Select(app => Row(definition, wave, app, plans)).ToList()).ToList();
        var ahead = rows.Select((moves, wave) => new WaveAhead(
            definition.ParallelismOf(wave), [], [.. moves.Where(m => m.Note is null).Select(m => (m.App, m.Takes))], wave == rows.Count - 1 ? TimeSpan.Zero : definition.PauseAfter(wave)));
        var laid = Timeline.Lay(ahead, now, definition.Calendar);
        var waves = rows.Select((moves, wave) => Wave(definition, wave, moves, laid?[wave])).ToList();
        return new MigrationSchedule(selection.Count, now, refused.Count > 0 ? null : laid?[^1].Ends, waves, [.. Warn(definition, selection, rows, laid, standstill, now)], refused);
    }

    private static ScheduledMove Row(MigrationDefinition definition, int wave, AppTraffic app, PlanBook plans)
    {
        var (state, known) = (app.State.Value!, app.Definition.Value!);
        var (plan, to) = (plans.Find(definition.PlanOf(wave, known)).Plan, definition.TargetOf(state));
        var note = state.Stable == to ? $"{to.Word()} is its stable colour already: nothing to do" : null;
        return new ScheduledMove(app.Name, state.Stable, to, known.Criticality ?? AppDefinition.UsualCriticality, plan?.Name, note is null ? plan?.LeastTime ?? TimeSpan.Zero : TimeSpan.Zero, null, null, note);
    }

    private static ScheduledWave Wave(MigrationDefinition definition, int wave, List<ScheduledMove> moves, PlannedWave? laid)
    {
        var times = laid?.Moves.ToDictionary(m => m.App) ?? [];
        var defined = definition.Waves[wave];
        return new ScheduledWave(defined.Name, defined.Select.Describe(), moves.Count, definition.ParallelismOf(wave), definition.PauseAfter(wave), defined.Gate, laid?.Begins, laid?.Ends,
            [.. moves.Select(m => times.TryGetValue(m.App, out var time) ? m with { Begins = time.Begins, Ends = time.Ends } : m)]);
    }

    /// <summary>Those that move, and of which nobody would know whether both colours answered all the while.</summary>
    private static IReadOnlyList<string> FindUnprobed(MigrationDefinition definition, Selection selection, List<List<ScheduledMove>> rows)
    {
        var moving = rows.SelectMany(r => r).Where(m => m.Note is null).Select(m => m.App).ToHashSet();
        return [.. selection.Waves.SelectMany(w => w).Where(a => moving.Contains(a.Name) && Preflight.Of(a.Definition.Value!.Preflight, definition.Preflight).Probe is null).Select(a => a.Name.Value)];
    }

    private static IEnumerable<string> Warn(MigrationDefinition definition, Selection selection, List<List<ScheduledMove>> rows, IReadOnlyList<PlannedWave>? laid, Standstill standstill, DateTimeOffset now)
    {
        var there = rows.SelectMany(r => r).Count(m => m.Note is not null);
        if (there > 0) yield return $"{there} of {selection.Count} applications are on their colour already and are left alone";
        if (laid is null) yield return "the calendar leaves no time to begin within 60 days";
        foreach (var wave in definition.Waves.Where(w => w.Gate is not null)) yield return $"wave {wave.Name} waits for approval before it begins; its times are the earliest";
        if (definition.After is { Count: > 0 }) yield return "applications that begin after others may begin later than their times say";
        var held = selection.Waves.SelectMany(w => w).Select(a => standstill.Find(a.Name, now)).OfType<string>().Distinct().ToList();
        foreach (var why in held) yield return $"now: {why}; nothing begins before that ends";
        var unprobed = FindUnprobed(definition, selection, rows);
        if (unprobed.Count > 0) yield return $"{unprobed.Count} of {selection.Count} applications have no probe, in their definition or the migration's, and are not probed meanwhile: {Words.List(unprobed)}";
        if (definition.Stop is { Rollbacks: null, FailedShare: null, AnyFailureInWave: false }) yield return "no rule stops it: however many applications are rolled back, the next ones begin";
    }
}

/// <param name="Selects">What chooses its applications, in words.</param>
/// <param name="Pause">How long nothing new begins after it.</param>
/// <param name="Begins">The earliest; null where that is not known.</param>
public sealed record ScheduledWave(string Name, string Selects, int Apps, int Parallelism, TimeSpan Pause, WaveGate? Gate, DateTimeOffset? Begins, DateTimeOffset? Ends, IReadOnlyList<ScheduledMove> Moves);

/// <param name="Plan">Name of its plan; null for one without, and where there is none.</param>
/// <param name="Takes">The least time that its plan takes.</param>
/// <param name="Note">Why it does not move; null when it does.</param>
public sealed record ScheduledMove(AppName App, Colour From, Colour To, int Criticality, string? Plan, TimeSpan Takes, DateTimeOffset? Begins, DateTimeOffset? Ends, string? Note);
