using System.Text;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Evacuations;

/// <summary>What an evacuation does next: a pure function of its document, of the applications' states, and of what the nodes say.</summary>
/// <remarks>
/// How far an application is stands in its own state and nowhere else, so that a crash between two writes loses nothing: the next turn, in whichever process, sees
/// what was written and goes on. Every transaction requires the evacuation's document unchanged, so that a person's word in the same moment wins.
/// </remarks>
public static class EvacuationEngine
{
    /// <summary>Operations that others add to a transaction: the fence, the feed entry, the outbox entry.</summary>
    private const int Added = 3;

    /// <summary>Values of one transaction, in bytes, unless one application's are more: Consul takes 512 KiB of a request, in which they are Base64.</summary>
    public const int MostBytes = 128 * 1024;

    /// <summary>What one turn counts at most of a step's time: while the store was away nobody looked.</summary>
    public static readonly TimeSpan MostElapsed = TimeSpan.FromSeconds(5);

    public static EvacuationTurn Decide(Evacuation evacuation, EvacuationTick tick) => evacuation.Phase switch
    {
        EvacuationPhase.Evacuating => Evacuate(evacuation, tick),
        EvacuationPhase.Evacuated => Watch(evacuation, tick),
        EvacuationPhase.Restoring => Restore(evacuation, tick),
        _ => new EvacuationTurn(evacuation, []),
    };

    /// <summary>Applications that stand, in the order of their names.</summary>
    public static IEnumerable<AppTraffic> AppsOf(TrafficSnapshot snapshot) => snapshot.Apps.Values.Where(a => a.Exists).OrderBy(a => a.Name.Value, StringComparer.Ordinal);

    /// <summary>Applications whose traffic is away from the colour, or partly.</summary>
    public static IEnumerable<AppTraffic> EvacuatedOf(TrafficSnapshot snapshot, Colour colour) => AppsOf(snapshot).Where(a => a.State.Value!.Evacuated?.Colour == colour);

    /// <summary>Nobody is on the colour: no application is to have traffic there, and every node says so that knows everything that was written.</summary>
    public static bool IsEmpty(TrafficSnapshot snapshot, ColourSides sides) => sides.AreEmpty && sides.HaveReached(NewestOf(snapshot)) && !AppsOf(snapshot).Any(app => IsServed(app, snapshot.Fleet, sides.Colour));

    /// <summary>The colour is to have traffic of the application now; true as well where nothing says where it goes.</summary>
    internal static bool IsServed(AppTraffic app, Known<FleetRollback> fleet, Colour colour) => app.FindDesired(fleet)?.Of(colour) != Share.None;

    /// <summary>ModifyIndex of the newest document that says where traffic goes.</summary>
    internal static ulong NewestOf(TrafficSnapshot snapshot) => AppsOf(snapshot).Select(a => a.DesiredIndex(snapshot.Fleet)).DefaultIfEmpty().Max();

    /// <remarks>1. Those of the wave that can leave, as many as may at one time. 2. Those that wait for something, and those whose rollout has to end. 3. All gone: they are waited for, and some node must say so. 4. The time of the step, or of the wave. 5. What comes next.</remarks>
    private static EvacuationTurn Evacuate(Evacuation evacuation, EvacuationTick tick)
    {
        var pending = EvacuatedOf(tick.Snapshot, evacuation.Colour).Count(a => tick.Sides.NotObserved.Contains(a.Name.Value));
        var apps = AppsOf(tick.Snapshot).Select(app => (App: app, Departure: evacuation.FindFor(app) is { } own ? Find(app, own, tick) : null)).ToList();
        var leaving = apps.Where(a => a.Departure is Departure.Leave).ToList();
        var ask = FindAsked(evacuation, apps.Where(a => a.Departure is Departure.Wait).Select(a => a.App), tick);
        // 1
        if (leaving.Count > 0)
        {
            var room = evacuation.Parallelism is not { } most ? leaving.Count : tick.Sides.IsAnyHeard && tick.Sides.HaveReached(LastIndex(tick.Snapshot, evacuation.Colour)) ? Math.Max(0, most - pending) : 0;
            return new EvacuationTurn(evacuation, Batch(evacuation, tick, leaving.Take(room).Select(d => Leave(d.App, evacuation.FindFor(d.App)!, ((Departure.Leave)d.Departure!).Closes, tick)))) { Ask = ask };
        }
        // 2 and 3
        if (apps.Any(a => a.Departure is Departure.Wait or Departure.RefuseRollout) || !tick.Sides.IsAnyHeard || pending > 0 || !tick.Sides.HaveReached(LastIndex(tick.Snapshot, evacuation.Colour))) return new EvacuationTurn(evacuation, []) { Ask = ask };
        // 4
        var next = apps.Where(a => a.Departure is null).Select(a => evacuation.WaveOf(a.App.Definition.Value!)).DefaultIfEmpty(-1).Min();
        var (held, wait) = (evacuation.Held + (tick.Elapsed < MostElapsed ? tick.Elapsed : MostElapsed), !evacuation.IsLastStep ? evacuation.Steps[evacuation.Step].Hold : next < 0 ? TimeSpan.Zero : evacuation.Pause);
        if (held < wait) return Save(evacuation with { Held = held }, tick);
        // 5
        var word = evacuation.Colour.Word();
        if (!evacuation.IsLastStep)
            return Announce(evacuation with { Step = evacuation.Step + 1, Held = TimeSpan.Zero }, tick, "colour.evacuating", $"step {evacuation.Step + 2} of {evacuation.Steps.Count}: {evacuation.Steps[evacuation.Step + 1].Share} of its traffic leaves {word}");
        return next >= 0
            ? Announce(evacuation with { Wave = next, Step = 0, Held = TimeSpan.Zero }, tick, "colour.evacuating", $"wave {next + 1} leaves {word}: {(next < evacuation.Waves.Count ? evacuation.Waves[next].Describe() : "all others")}")
            : Announce(evacuation with { Phase = EvacuationPhase.Evacuated, EvacuatedAt = tick.Now, Held = TimeSpan.Zero }, tick, "colour.evacuated", $"{word} is evacuated: {Words.Count(EvacuatedOf(tick.Snapshot, evacuation.Colour).Count(), "application")} left it");
    }

    private static Departure Find(AppTraffic app, Evacuation evacuation, EvacuationTick tick) =>
        Departure.Find(app, tick.Snapshot.Fleet, evacuation, tick.Sides, tick.Leavings.TryGetValue(app.Name, out var known) ? known.Value : null);

    /// <summary>What an application leaves by; what was noted of its leaving has done its work.</summary>
    private static IReadOnlyList<Change> Leave(AppTraffic app, Evacuation evacuation, bool closes, EvacuationTick tick)
    {
        var changes = EvacuationChanges.Leave(app, tick.Snapshot.Fleet, evacuation, closes, NoteOf(tick, evacuation.By, evacuation.Reason, evacuation.Origin));
        return tick.Leavings.TryGetValue(app.Name, out var known) ? [.. changes, new Change.Remove(Keys.Leaving(evacuation.Colour, app.Name), known.Index)] : changes;
    }

    private static List<(AppTraffic App, int Attempt)> FindAsked(Evacuation evacuation, IEnumerable<AppTraffic> waiting, EvacuationTick tick) =>
    [
        .. from app in waiting
           let known = tick.Leavings.TryGetValue(app.Name, out var found) ? found.Value : null
           where AppLeaving.IsDue(app.Definition.Value!.Leaving, known, evacuation, tick.Now)
           select (app, (known?.Evacuation == evacuation.Id ? known.Attempts : 0) + 1),
    ];

    /// <summary>All that can leave has left: the moment is noted in which nobody is there any more.</summary>
    /// <remarks>
    /// An application that came since, and has nothing there, is kept away like the others; no traffic is moved for that, and no rollout ends. After a restore nobody is: what
    /// was given back is its owner's, and may have had nothing there before.
    /// </remarks>
    private static EvacuationTurn Watch(Evacuation evacuation, EvacuationTick tick)
    {
        // Nothing of it is there, so nothing has to be done before, and its other side need not be well.
        var closing = evacuation with { Step = Math.Max(0, evacuation.Steps.Count - 1), Force = true };
        var came = evacuation.Restore is not null ? [] : AppsOf(tick.Snapshot).Where(app => !IsServed(app, tick.Snapshot.Fleet, evacuation.Colour)
            && app.State.Value is { Evacuated: null, Rollout: null } && Departure.Find(WithoutRule(app), tick.Snapshot.Fleet, closing, tick.Sides) is Departure.Leave).ToList();
        if (came.Count > 0)
            return new EvacuationTurn(evacuation, Batch(evacuation, tick, came.Select(app => Leave(app, evacuation, closes: true, tick))));
        return evacuation.EmptyAt is null && IsEmpty(tick.Snapshot, tick.Sides)
            ? Announce(evacuation with { EmptyAt = tick.Now }, tick, "colour.empty", $"{evacuation.Colour.Word()} is observed at 0 on {Words.Count(tick.Sides.Nodes.Count, "node")}: no session is left, and no request comes")
            : new EvacuationTurn(evacuation, []);
    }

    /// <remarks>1. Those without traffic to move, at once. 2. Canaries, as many as may run at one time. 3. None runs and none can begin: the end.</remarks>
    private static EvacuationTurn Restore(Evacuation evacuation, EvacuationTick tick)
    {
        var restore = evacuation.Restore!;
        var apps = EvacuatedOf(tick.Snapshot, evacuation.Colour).Select(app => (App: app, Returning: Returning.Find(app, tick.Snapshot.Fleet, restore))).ToList();
        // 1 and 2
        var room = Math.Max(0, restore.Parallelism - apps.Count(a => a.Returning is Returning.Runs));
        var back = apps.Where(a => a.Returning is Returning.GiveBack).ToList();
        var begin = apps.Where(a => a.Returning is Returning.Begin && tick.Standstill.Find(a.App.Name, tick.Now) is null).Take(room).ToList();
        if (back.Count + begin.Count > 0)
            return new EvacuationTurn(evacuation, Batch(evacuation, tick,
                back.Select(a => EvacuationChanges.GiveBack(a.App, tick.Snapshot.Fleet, a.App.State.Value!.Evacuated!, NoteOf(tick, restore.By, restore.Reason, restore.Origin)))
                    .Concat(begin.Select(a => Begin(a.App, restore, tick)))));
        // 3
        if (apps.Any(a => a.Returning is Returning.Runs or Returning.Begin)) return new EvacuationTurn(evacuation, []);
        var ended = evacuation with { Phase = apps.Count == 0 ? EvacuationPhase.Restored : EvacuationPhase.Evacuated, Restore = restore with { EndedAt = tick.Now } };
        return Announce(ended, tick, "colour.restored", apps.Count == 0
            ? $"{evacuation.Colour.Word()} is restored: each application has what it had"
            : $"{Words.Count(apps.Count, "application")} could not be brought back to {evacuation.Colour.Word()} ({Words.List([.. apps.Select(a => a.App.Name.Value)])}), all others have what they had", restore.By);
    }

    private static IReadOnlyList<Change> Begin(AppTraffic app, Restoration restore, EvacuationTick tick)
    {
        var plan = restore.Plan ?? (app.Definition.Value!.Plan is { } own ? tick.Plans.GetValueOrDefault(own) : null) ?? Presets.Find("standard")!;
        var note = NoteOf(tick, restore.By, restore.Reason, restore.Origin);
        return Returning.Start(app, app.State.Value!.Evacuated!, plan, RolloutId.Of(app.Name, note.Id), note).Changes;
    }

    /// <summary>Many applications to a transaction.</summary>
    private static List<ChangeSet> Batch(Evacuation evacuation, EvacuationTick tick, IEnumerable<IReadOnlyList<Change>> apps)
    {
        var none = ChangeSet.Empty.With(new Change.Unchanged(Keys.Evacuation(evacuation.Colour), tick.Index)).UnlessRolledBackSince(tick.Snapshot.Fleet);
        var (sets, pending, bytes) = (new List<ChangeSet>(), none, 0);
        foreach (var changes in apps)
        {
            var size = changes.Sum(c => c switch { Change.Put put => Encoding.UTF8.GetByteCount(put.Value), Change.Set set => Encoding.UTF8.GetByteCount(set.Value), _ => 0 });
            if (bytes > 0 && (pending.Operations + changes.Count + Added > ChangeSet.MaxOperations || bytes + size > MostBytes))
            {
                sets.Add(pending);
                (pending, bytes) = (none, 0);
            }
            bytes += size;
            pending = pending.With([.. changes]);
        }
        if (pending.Changes.Count > none.Changes.Count) sets.Add(pending);
        return sets;
    }

    private static AppTraffic WithoutRule(AppTraffic app) => app with { Definition = app.Definition with { Value = app.Definition.Value! with { Leaving = null } } };

    private static EvacuationTurn Save(Evacuation next, EvacuationTick tick) => new(next, [ChangeSet.Empty.With(Put(next, tick))]);

    private static EvacuationTurn Announce(Evacuation next, EvacuationTick tick, string kind, string sentence, string by = RolloutChanges.Controller)
    {
        var note = NoteOf(tick, by, null, null);
        return new EvacuationTurn(next, [ChangeSet.Empty.With(Put(next, tick), note.Entry<Evacuation>(null, kind, sentence, null, next))], sentence);
    }

    private static Change.Put Put(Evacuation next, EvacuationTick tick) => new(Keys.Evacuation(next.Colour), DocumentJson.Write(next), tick.Index);

    private static ChangeNote NoteOf(EvacuationTick tick, string by, string? reason, ChangeOrigin? origin) => new(tick.NewId(), by, reason, tick.Now, origin);

    private static ulong LastIndex(TrafficSnapshot snapshot, Colour colour) =>
        EvacuatedOf(snapshot, colour).Select(a => Math.Max(a.State.ModifyIndex, a.Weights.ModifyIndex)).DefaultIfEmpty().Max();
}
