using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;

namespace TrafficShifter.Server.Traffic;

/// <summary>How an emergency reached HAProxy: through the store, or past it.</summary>
/// <param name="Index">ModifyIndex of the write; 0 when the store did not take it.</param>
/// <param name="Override">What the agents were given; null when the store took the rollback.</param>
/// <param name="Nodes">What came of it on each node that was told directly; null when none had to be.</param>
public sealed record RescueResult(ulong Index, TrafficOverride? Override, IReadOnlyList<RescueStatus>? Nodes)
{
    /// <summary>The store took it, or every node that is known did and was read back.</summary>
    public bool IsDone => Nodes is null || (Nodes.Count > 0 && Nodes.All(n => n.IsDone));
}

/// <summary>What a rollback is written over after a lost race, as the store has it.</summary>
/// <param name="App">Null: the rollback is of all of them.</param>
public sealed record RollbackGround(AppTraffic? App, Known<FleetRollback> Fleet)
{
    /// <summary>Id of the last rollback that is written there, be it the application's own or one of all; null when there is none.</summary>
    public string? Last => IsOfAllLast ? Fleet.Value?.Id : App!.State.Value?.OverrideAck;

    /// <summary>ModifyIndex of where that stands.</summary>
    public ulong Index => IsOfAllLast ? Fleet.ModifyIndex : App!.State.ModifyIndex;

    private bool IsOfAllLast => App is null || string.CompareOrdinal(Fleet.Value?.Id, App.State.Value?.OverrideAck) > 0;
}

/// <summary>Brings an emergency rollback to the store or, when that is away or does not answer at once, straight to the agents.</summary>
public sealed partial class Rescue(TrafficFollower follower, TrafficReader reader, TrafficWriter writer, Fleet fleet, TimeProvider time, ILogger<Rescue> logger)
{
    /// <summary>How long one that is late may take, and a node that is told directly because the store's word did not reach it.</summary>
    private static readonly TimeSpan Hurry = TimeSpan.FromMilliseconds(200);

    private string? _last;

    /// <summary>How long the store may take before the agents are told directly.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <param name="changes">
    /// The rollback as the store takes it, over what was read last (null) or, after a lost race, over what is there now;
    /// null when too little is known to write it.
    /// </param>
    /// <param name="given">The same as the agents take it.</param>
    /// <param name="isLate">The store has been asked already, for as long as it may take, and has not answered: it is given the rollback, and hardly waited for.</param>
    /// <returns>Null: a later one was written at the same moment. This one has reached nobody; made the last one, it can be tried again.</returns>
    /// <remarks>Nothing here ends with the connection of whoever asked: half a rollback would be noticed by nobody.</remarks>
    public async Task<RescueResult?> RollBackAsync(Func<RollbackGround?, ChangeSet>? changes, TrafficOverride given, TimeSpan wait, bool isLate = false)
    {
        if (follower.Problem is { } known) return await GiveAsync(given, wait, known);
        if (changes is null) return await GiveAsync(given, wait, "the application is not known here");
        var isGiven = false;
        var commit = CommitAsync(changes, given, () => Volatile.Read(ref isGiven));
        try
        {
            var written = await commit.WaitAsync(isLate ? Hurry : Patience, time);
            if (written.IsOvertaken) return null;
            return written.Index is { } index
                ? new RescueResult(index, null, await ReachStragglersAsync(given, index))
                : await GiveAsync(given, wait, "the store did not take the rollback");
        }
        catch (StoreException away)
        {
            return await GiveAsync(given, wait, away.Message);
        }
        catch (TimeoutException)
        {
            // The commit goes on: should it succeed after all, the override is recorded over the same lock.
            Volatile.Write(ref isGiven, true);
            _ = commit.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return await GiveAsync(given, wait, $"the store did not answer within {Patience.TotalSeconds:0} s");
        }
    }

    /// <summary>By compare-and-set, so that nothing which happened meanwhile comes back; after a lost race once more on what is there now.</summary>
    /// <remarks>Never over a later one: its id would be known nowhere any more, and agents that were given it would hold on to it.</remarks>
    /// <param name="isGiven">The agents have it by now: once it is recorded as they report, or a later change is, there is nothing left to write.</param>
    private async Task<(ulong? Index, bool IsOvertaken)> CommitAsync(Func<RollbackGround?, ChangeSet> changes, TrafficOverride given, Func<bool> isGiven)
    {
        const int attempts = 5;
        for (var attempt = 1; attempt <= attempts; attempt++)
        {
            var now = attempt == 1 ? null : await ReadAsync(given.App);
            if (now is not null && isGiven() && string.CompareOrdinal(now.Last, given.Id) >= 0) return (now.Index, false);
            if (now is not null && OverrideOrder.IsLater(now.Last, given.Id))
            {
                Know(now.Last!);
                return (null, true);
            }
            if (await writer.CommitAsync(changes(now), CancellationToken.None) is not CommitResult.Committed committed) continue;
            LogWritten(given.Id, given.App?.Value ?? "every application", given.To, given.By, given.Reason, committed.Index);
            return (committed.Index, false);
        }
        return (null, false);
    }

    private async Task<RollbackGround> ReadAsync(AppName? app)
    {
        if (app is null) return new RollbackGround(null, await reader.ReadFleetAsync(CancellationToken.None));
        var read = await reader.ReadAsync(app, CancellationToken.None);
        return new RollbackGround(read.App, read.Fleet);
    }

    /// <summary>A node whose agent has not heard of the write within a moment may be cut off from the store: it is told directly. One that does not answer is named.</summary>
    private async Task<IReadOnlyList<RescueStatus>?> ReachStragglersAsync(TrafficOverride given, ulong index)
    {
        // Of a rollback of all, any application tells how far a node is.
        if ((given.App ?? follower.Current.Apps.Values.FirstOrDefault(a => a.Exists)?.Name) is not { } app) return null;
        var behind = await fleet.FindBehindAsync(app, index, Patience);
        if (behind.Count == 0) return null;
        LogPast(given.Id, $"these nodes have not heard of the write: {string.Join(", ", behind)}");
        return await fleet.GiveAsync(given, Hurry, behind, CancellationToken.None);
    }

    /// <summary>Makes a rollback later than every one that is known here, whatever the clocks say: of two the later one wins.</summary>
    /// <param name="known">The application as it was read; null: the rollback is of all of them, or too little is known.</param>
    public ChangeNote MakeLast(ChangeNote note, AppReading? known)
    {
        IEnumerable<AppTraffic> apps = known is null ? follower.Current.Apps.Values : [known.App];
        while (true)
        {
            var last = _last;
            var id = OverrideOrder.Later(note.Id, apps.Select(a => a.State.Value?.OverrideAck).Append(last).Append(known?.Fleet.Value?.Id).Append(follower.Current.Fleet.Value?.Id));
            if (Interlocked.CompareExchange(ref _last, id, last) == last) return note with { Id = id };
        }
    }

    private void Know(string id)
    {
        string? last;
        do last = _last;
        while (Interlocked.CompareExchange(ref _last, OverrideOrder.Latest(last, id), last) != last);
    }

    /// <summary>What agents are given for this rollback.</summary>
    public static TrafficOverride OverrideFor(AppName? app, RollbackRequest request, ChangeNote note) => new()
    {
        Id = note.Id, App = app, To = request.To, By = note.By, Reason = note.Reason ?? TrafficChanges.DefaultReason, At = note.At, Force = request.Force, Sever = request.Sever, Origin = note.Origin,
    };

    private async Task<RescueResult> GiveAsync(TrafficOverride given, TimeSpan wait, string why)
    {
        LogPast(given.Id, why);
        return new RescueResult(0, given, await fleet.GiveAsync(given, wait, null, CancellationToken.None));
    }

    [LoggerMessage(EventId = 142, Level = LogLevel.Warning, Message = "Rollback {Id}: {What} to {To} by {By} ({Reason}) (index {Index})")]
    private partial void LogWritten(string id, string what, RollbackTarget to, string by, string reason, ulong index);

    [LoggerMessage(EventId = 140, Level = LogLevel.Warning, Message = "Rollback {Id} goes straight to the agents: {Why}")]
    private partial void LogPast(string id, string why);
}
