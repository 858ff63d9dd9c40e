using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;

namespace TrafficShifter.Server.Traffic;

/// <summary>How an emergency reached HAProxy: through the store, or past it.</summary>
/// <param name="Index">ModifyIndex of the write; 0 when the store did not take it.</param>
/// <param name="Override">What the agents were given; null when the store took the rollback.</param>
/// <param name="Nodes">What came of it on each node; null when the store took the rollback.</param>
public sealed record RescueResult(ulong Index, TrafficOverride? Override, IReadOnlyList<RescueStatus>? Nodes)
{
    /// <summary>The store took it, or every node that is known did and was read back.</summary>
    public bool IsDone => Nodes is null || (Nodes.Count > 0 && Nodes.All(n => n.IsDone));
}

/// <summary>Brings an emergency rollback to the store or, when that is away or does not answer at once, straight to the agents.</summary>
public sealed partial class Rescue(TrafficFollower follower, TrafficWriter writer, Fleet fleet, TimeProvider time, ILogger<Rescue> logger)
{
    /// <summary>How long the store may take before the agents are told directly.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    /// <param name="changes">The rollback as the store takes it; null when too little is known to write it.</param>
    /// <param name="given">The same as the agents take it.</param>
    public async Task<RescueResult> RollBackAsync(ChangeSet? changes, TrafficOverride given, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (follower.Problem is { } known) return await GiveAsync(given, wait, known, cancellationToken);
        if (changes is null) return await GiveAsync(given, wait, "the application is not known here", cancellationToken);
        var commit = writer.CommitAsync(changes, cancellationToken);
        try
        {
            if (await commit.WaitAsync(Patience, time, cancellationToken) is CommitResult.Committed committed) return new RescueResult(committed.Index, null, null);
            return await GiveAsync(given, wait, "the store did not take the rollback", cancellationToken);
        }
        catch (StoreException away)
        {
            return await GiveAsync(given, wait, away.Message, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The commit goes on: should it succeed after all, the override is recorded over the same lock.
            _ = commit.ContinueWith(static late => late.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            return await GiveAsync(given, wait, $"the store did not answer within {Patience.TotalSeconds:0} s", cancellationToken);
        }
    }

    /// <summary>What agents are given for this rollback.</summary>
    public static TrafficOverride OverrideFor(AppName? app, RollbackTarget to, bool force, ChangeNote note) =>
        new() { Id = note.Id, App = app, To = to, By = note.By, Reason = note.Reason ?? TrafficChanges.DefaultReason, At = note.At, Force = force };

    private async Task<RescueResult> GiveAsync(TrafficOverride given, TimeSpan wait, string why, CancellationToken cancellationToken)
    {
        LogPast(given.Id, why);
        return new RescueResult(0, given, await fleet.GiveAsync(given, wait, cancellationToken));
    }

    [LoggerMessage(EventId = 140, Level = LogLevel.Warning, Message = "Rollback {Id} goes straight to the agents: {Why}")]
    private partial void LogPast(string id, string why);
}
