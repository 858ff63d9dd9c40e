using System.Collections.Concurrent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>The sides that locks took the traffic from, on one node: cut where a lock says so, then watched until they are quiet.</summary>
/// <remarks>
/// A side that is quiet, or was watched for long enough, is not asked for again: any number of locked applications costs nothing. Nothing depends
/// on what is seen but what people are told, so HAProxy's trouble with it is not the node's.
/// </remarks>
internal sealed partial class LeftSides(string node, ILoadBalancer haproxy, Observations observations, LockActsFile file, TimeProvider time, ILogger logger)
{
    /// <summary>Backends that are looked at in one turn, of the newest locks first; further ones have the next turns.</summary>
    public const int MostAtOnce = 200;

    private readonly ConcurrentDictionary<AppName, Watched> _watched = new();
    private string? _problem;
    private bool _anyWatched;

    /// <summary>There are sides that are still looked at.</summary>
    public bool IsWatching => _anyWatched;

    public LeftSide? Find(AppName app) => _watched.GetValueOrDefault(app)?.Side;

    /// <summary>What was seen of a side because of another lock than the one that holds now says nothing of it; the rest stays until it is looked at.</summary>
    public void ForgetOthers(TrafficSnapshot snapshot, IReadOnlyCollection<AppTraffic> apps)
    {
        if (_watched.IsEmpty) return;
        foreach (var app in apps)
            if (_watched.GetValueOrDefault(app.Name) is { } known && !(app.FindLock(snapshot.Fleet) is { } held && held.At == known.Left.Lock.At && held.To == known.Left.Lock.To)) _watched.TryRemove(app.Name, out _);
    }

    /// <summary>Takes in what a pass over <paramref name="apps"/> came to: cuts what is to be cut, and begins to watch.</summary>
    /// <param name="lookLater">The first look is left to the next moment without a pass.</param>
    public async Task FollowAsync(TrafficSnapshot snapshot, IReadOnlyCollection<AppTraffic> apps, ProcessIdentity process, bool lookLater, CancellationToken cancellationToken)
    {
        var pools = new SharedPools(snapshot);
        var unlocked = apps.Where(a => !a.Exists || a.FindLock(snapshot.Fleet) is null).Select(a => a.Name).ToHashSet();
        file.ForgetSevered(unlocked);
        foreach (var app in unlocked) _watched.TryRemove(app, out _);
        foreach (var app in apps.Where(a => !unlocked.Contains(a.Name)))
        {
            var seen = observations.Find(app.Name);
            if (LeftTraffic.Of(app, snapshot.Fleet, seen, pools) is not { } left) continue;
            var known = _watched.GetValueOrDefault(app.Name);
            // What others had on the servers is not in the numbers of a side that was shared and is not any more: they are counted anew.
            var goesOn = known is not null && known.Process == process && known.Left.Lock.At == left.Lock.At && known.Left.Lock.To == left.Lock.To && (known.Side.SharedWith.Count == 0 || left.Elsewhere.Count > 0);
            var side = goesOn ? known!.Side : new LeftSide { Colour = left.Colour, Backend = left.Backend, LockedAt = left.Lock.At };
            _watched[app.Name] = new Watched(left, process, side with { SharedWith = left.Elsewhere, InMaintenance = left.IsInMaintenance(seen!.Servers), IsEvacuated = left.Lock.Evacuation is not null }, goesOn ? known!.Before : 0);
            _anyWatched |= !goesOn;
        }
        var names = apps.Select(a => a.Name).ToList();
        if (await TryAsync(() => CutAsync(names, cancellationToken)) is { } problem) NoteUncut(names, problem);
        // While passes over thousands follow each other the looks are between them: they cost HAProxy more than the passes.
        if (!lookLater) await LookAsync(cancellationToken);
    }

    /// <summary>Looks at the sides whose time it is; asks nothing when there is none.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        if (!_anyWatched) return;
        var now = time.GetUtcNow();
        var watched = _watched.Where(w => w.Value.Side.Watching).ToList();
        _anyWatched = watched.Count > 0;
        var due = watched.GroupBy(w => w.Value.Left.Backend).Where(side => side.Any(w => w.Value.Side.IsDue(now)))
            .OrderByDescending(side => side.Max(w => w.Value.Left.Lock.At)).ThenBy(side => side.Min(w => w.Value.Side.At ?? DateTimeOffset.MinValue))
            .Take(MostAtOnce).ToList();
        if (due.Count == 0) return;
        await TryAsync(async () =>
        {
            var reading = await haproxy.CountSessionsAsync([.. due.Select(side => side.Key)], cancellationToken);
            foreach (var (app, watch) in due.SelectMany(side => side))
                if (watch.Process == reading.Process) _watched[app] = watch.Next(ServersOf(watch, reading), now);
        });
    }

    /// <summary>Cuts the sessions of locks that say so, once for each lock and process.</summary>
    private async Task CutAsync(IReadOnlyCollection<AppName> apps, CancellationToken cancellationToken)
    {
        var due = new List<(AppName App, Watched Watch)>();
        foreach (var app in apps)
        {
            if (_watched.GetValueOrDefault(app) is not { Left: { Lock.Sever: true } left, Side.Severed: null } watch) continue;
            var before = file.FindSevered(app, left.Lock.At, watch.Process);
            var problem = before is null ? left.FindSeverProblem() : null;
            _watched[app] = watch = watch with { Side = watch.Side with { Severed = before, NotSevered = problem } };
            if (before is null && problem is null) due.Add((app, watch));
        }
        if (due.Count == 0) return;
        var reading = await haproxy.CountSessionsAsync([.. due.Select(d => d.Watch.Left.Backend).Distinct()], cancellationToken);
        var servers = due.SelectMany(d => ServersOf(d.Watch, reading).Where(s => s.Live > 0).Select(s => new ServerName(d.Watch.Left.Backend, s.Server))).Distinct().ToList();
        var told = servers.Count == 0 ? new ServersTold(reading.Process, []) : await haproxy.ShutDownSessionsAsync(servers, cancellationToken);
        var cut = new Dictionary<AppName, SeveredSessions>();
        foreach (var (app, watch) in due.Where(d => d.Watch.Process == reading.Process && d.Watch.Process == told.Process))
        {
            if (told.Refused.FirstOrDefault(r => r.Server.Backend == watch.Left.Backend && watch.Left.Has(r.Server.Server)) is { } refused)
            {
                _watched[app] = watch with { Side = watch.Side with { NotSevered = $"HAProxy refused for server \"{refused.Server}\": {refused.Reply}" } };
                continue;
            }
            var sessions = ServersOf(watch, reading).Sum(s => s.Live);
            cut[app] = new SeveredSessions(watch.Left.Lock.At, watch.Process, sessions);
            _watched[app] = watch with { Side = watch.Side with { Severed = sessions, NotSevered = null } };
            LogCut(node, app, sessions, watch.Left.Colour);
        }
        file.NoteSevered(cut);
    }

    /// <summary>It is tried again with the next full pass.</summary>
    private void NoteUncut(IReadOnlyCollection<AppName> apps, string problem)
    {
        foreach (var app in apps)
            if (_watched.GetValueOrDefault(app) is { Left.Lock.Sever: true, Side: { Severed: null, NotSevered: null } } watch)
                _watched[app] = watch with { Side = watch.Side with { NotSevered = problem } };
    }

    /// <summary>Why it could not be done; null when it was.</summary>
    private async Task<string?> TryAsync(Func<Task> ask)
    {
        try
        {
            await ask();
            return _problem = null;
        }
        catch (LoadBalancerException broken)
        {
            if (_problem != broken.Message) LogUnknown(node, broken.Message);
            return _problem = broken.Message;
        }
    }

    private static List<ServerSessions> ServersOf(Watched watch, SessionsReading reading) =>
        [.. reading.Backends.GetValueOrDefault(watch.Left.Backend, []).Where(s => watch.Left.Has(s.Server))];

    [LoggerMessage(EventId = 216, Level = LogLevel.Warning, Message = "{Node}: {App}: {Sessions} sessions on {Colour} were cut, as its rollback said")]
    private partial void LogCut(string node, AppName app, long sessions, Colour colour);

    [LoggerMessage(EventId = 217, Level = LogLevel.Warning, Message = "{Node}: what is left on the side that a rollback left is not known: {Problem}")]
    private partial void LogUnknown(string node, string problem);

    /// <param name="Before">Sessions of the side before the watch began, since the process started.</param>
    private sealed record Watched(LeftTraffic Left, ProcessIdentity Process, LeftSide Side, long Before)
    {
        public Watched Next(IReadOnlyCollection<ServerSessions> servers, DateTimeOffset now)
        {
            var (live, total) = (servers.Sum(s => s.Live), servers.Sum(s => s.Total));
            var before = Side.Since is null ? total : Before;
            return this with { Before = before, Side = Side.Next(live, total - before, now) };
        }
    }
}
