using System.Globalization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Targets;

namespace TrafficShifter.Server.Traffic;

/// <summary>One application's documents and the fleet's rollback, and how old they are.</summary>
/// <param name="Age">Null when they were read from the store just now; else the time since the store was last heard of.</param>
public sealed record AppReading(AppTraffic App, Known<FleetRollback> Fleet, TimeSpan? Age)
{
    public TrafficLock? Lock => App.FindLock(Fleet);

    public DesiredTraffic? Desired => App.FindDesired(Fleet);

    public ulong DesiredIndex => App.DesiredIndex(Fleet);
}

/// <summary>Reads for the api: from the store while it answers, from what is known, with its age, while it does not.</summary>
public sealed class TrafficReader(ITrafficStore store, TrafficFollower follower, TargetDocuments targets)
{
    /// <summary>Reads from the store only: what a change is decided on. The target rules are those that were last followed.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public Task<AppReading> ReadAsync(AppName app, CancellationToken cancellationToken) => ReadAsync(app, withTargets: false, cancellationToken);

    /// <summary>The rollback of all as the store has it.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public async Task<Known<FleetRollback>> ReadFleetAsync(CancellationToken cancellationToken) =>
        TrafficSnapshot.Empty.With([(Keys.FleetRollback, await store.FindAsync(Keys.FleetRollback, cancellationToken))], ulong.MaxValue).Fleet;

    /// <summary>
    /// What was last heard of an application, without asking: good enough to try a change whose transaction requires all that it was decided on
    /// to be as it was. Null when nothing was heard, or the store is known to be away.
    /// </summary>
    public AppReading? FindHeard(AppName app) => follower is { Problem: null, Age: not null } && follower.Current.Apps.ContainsKey(app) ? Recall(app) with { Age = null } : null;

    /// <summary>The same with the target rules as they are in the store now.</summary>
    /// <exception cref="StoreException">The store cannot be asked.</exception>
    public Task<AppReading> ReadWithTargetsAsync(AppName app, CancellationToken cancellationToken) => ReadAsync(app, withTargets: true, cancellationToken);

    private async Task<AppReading> ReadAsync(AppName app, bool withTargets, CancellationToken cancellationToken)
    {
        string[] keys = [Keys.App(app), Keys.WeightsOf(app), Keys.StateOf(app), Keys.FleetRollback, .. withTargets ? [Keys.TargetsOf(app)] : Array.Empty<string>()];
        var known = follower.Current;
        var read = await Task.WhenAll(keys.Select(async key => (key, await targets.CompleteAsync(await store.FindAsync(key, cancellationToken), known, cancellationToken))));
        var snapshot = new TrafficSnapshot(known.Apps.ContainsKey(app) ? known.Apps : TrafficSnapshot.Empty.Apps, known.Fleet, 0).With(read, ulong.MaxValue);
        return new AppReading(snapshot.Find(app), snapshot.Fleet, null);
    }

    /// <summary>Reads what is there, or what was last known while the store is away.</summary>
    /// <exception cref="StoreException">The store cannot be asked and has never been heard of.</exception>
    public async Task<AppReading> ReadOrRecallAsync(AppName app, CancellationToken cancellationToken, bool withTargets = false)
    {
        // While the store is known to be away nobody waits for it to say so again.
        if (follower is { Problem: not null, Age: not null }) return Recall(app);
        try
        {
            return await ReadAsync(app, withTargets, cancellationToken);
        }
        catch (StoreException) when (follower.Age is not null)
        {
            return Recall(app);
        }
    }

    /// <summary>For an emergency: what the store says within <paramref name="patience"/>, else what was last known; null when nothing ever was.</summary>
    public async Task<AppReading?> ReadOrRecallAsync(AppName app, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        try
        {
            return await ReadOrRecallAsync(app, cancellationToken).WaitAsync(patience, time, cancellationToken);
        }
        catch (Exception away) when (away is StoreException or TimeoutException)
        {
            return follower.Age is null ? null : Recall(app);
        }
    }

    private AppReading Recall(AppName app)
    {
        var known = follower.Current;
        return new AppReading(known.Find(app), known.Fleet, follower.Age);
    }

    /// <summary>Says how old an answer is, when it is not from just now.</summary>
    public static void NoteAge(HttpContext http, TimeSpan? age)
    {
        if (age is { } old) http.Response.Headers.Age = Math.Ceiling(old.TotalSeconds).ToString(CultureInfo.InvariantCulture);
    }
}
