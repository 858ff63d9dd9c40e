using System.Collections.Concurrent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>What was seen last of each application on one node.</summary>
internal sealed partial class Observations(string node, AgentMetrics metrics, ILogger logger)
{
    private const int ToldSingly = 100;

    private readonly ConcurrentDictionary<AppName, AppObservation> _seen = new();

    // Those of _seen that are not as wanted: usually none of many thousands, and asked for every second.
    private readonly ConcurrentDictionary<AppName, AppObservation> _exceptions = new();
    private readonly List<Action> _untold = [];
    private Confirmation? _confirmed;

    private sealed record Confirmation(DateTimeOffset At);

    public IEnumerable<AppObservation> Exceptions => _exceptions.Select(e => e.Value);

    public bool HasExceptions => !_exceptions.IsEmpty;

    /// <summary>How often something had been changed by somebody else, and what it was last: <c>shop: green was 10% and was found at 50%</c>.</summary>
    public (int Times, string? Last) Drift { get; private set; }

    public AppObservation? Find(AppName app) =>
        _seen.GetValueOrDefault(app) is { } seen ? _confirmed is { } last && last.At > seen.At ? seen with { At = last.At } : seen : null;

    public void Forget(AppName app)
    {
        _seen.TryRemove(app, out _);
        _exceptions.TryRemove(app, out _);
    }

    /// <summary>Everything was looked at again at this time: what was not noted anew is as it was.</summary>
    public void Confirm(DateTimeOffset at) => _confirmed = new Confirmation(at);

    /// <summary>The servers and what is wanted are those of the last look, which found nothing to do: there is nothing to note.</summary>
    /// <param name="servers">The very objects of the last look where nothing changed; null: this HAProxy has no such backend.</param>
    public bool IsUnchanged(AppTraffic app, DesiredTraffic? desired, IReadOnlyList<ServerReading>? servers, ProcessIdentity process) =>
        desired is not null && _seen.GetValueOrDefault(app.Name) is { } last && last.Index == desired.Index && last.Wanted == desired.Green && last.Process == process
        && (desired.Source == DesiredSource.Override ? app.Override?.Id : null) == last.Override
        && (last.Served ? last.InSync && servers is not null && ReferenceEquals(last.Servers, servers) : servers is null);

    /// <summary>What was seen last of these applications, as if it was read now; null when one of them was not as wanted, or is another one since, or was seen in another process than the rest.</summary>
    public LoadBalancerReading? Recall(IReadOnlyCollection<AppTraffic> apps)
    {
        ProcessIdentity? process = null;
        var backends = new Dictionary<ProxyName, IReadOnlyList<ServerReading>>(apps.Count);
        foreach (var app in apps)
        {
            if (_seen.GetValueOrDefault(app.Name) is not { Served: true, InSync: true, Process: { } last } seen || app.Definition.ModifyIndex > seen.Index || (process is not null && process != last)) return null;
            process = last;
            backends[app.Definition.Value!.Routing.BackendOf(Colour.Blue)] = seen.Servers;
        }
        return process is null ? null : new LoadBalancerReading(process, backends);
    }

    /// <summary>Keeps what was seen, unless something is about to be set. Weights that somebody else changed, in the same process and at the same desired state, are drift.</summary>
    public void Note(AppObservation seen, bool differs)
    {
        var last = _seen.GetValueOrDefault(seen.App);
        if (!differs) Keep(Continue(seen, last));
        else if (IsUndisturbed(last, seen)) NoteDrift(seen, $"green was {last?.Observed} and was found at {seen.Observed}");
    }

    /// <summary>Keeps what was seen, and that somebody else had changed it.</summary>
    public void NoteDrift(AppObservation seen, string found)
    {
        metrics.DriftRepaired(node, seen.App.Value);
        LogDrift(node, seen.App, found);
        Drift = (Drift.Times + 1, $"{seen.App}: {found}");
        Keep(Continue(seen, Find(seen.App)) with { DriftRepaired = (Find(seen.App)?.DriftRepaired ?? 0) + 1, LastDrift = found });
    }

    /// <summary>Keeps what was read back after something was set.</summary>
    public void NoteWritten(AppObservation seen) => NoteWritten([seen]);

    /// <summary>Keeps what was read back after something was set; <see cref="Tell"/> says so. Of many applications at once each is told at level Debug, and all of them in one line.</summary>
    public void NoteWritten(IReadOnlyCollection<AppObservation> observed)
    {
        var level = observed.Count > ToldSingly ? LogLevel.Debug : LogLevel.Information;
        foreach (var seen in observed)
        {
            var last = _seen.GetValueOrDefault(seen.App);
            Keep(Continue(seen, last));
            if (last is null || last.Index != seen.Index || last.Observed != seen.Observed || last.Wanted != seen.Wanted || last.InSync != seen.InSync)
            {
                if (logger.IsEnabled(level)) _untold.Add(() => LogObserved(level, node, seen.App, seen.Observed, seen.Wanted, seen.Index));
            }
        }
        if (observed.Count <= ToldSingly) return;
        var (inSync, count, index) = (observed.Count(o => o.InSync), observed.Count, observed.Max(o => o.Index));
        _untold.Add(() => LogManyObserved(node, inSync, count, index));
    }

    /// <summary>Writes to the log what was read back. Nobody who waits for that waits for the log.</summary>
    public void Tell()
    {
        foreach (var tell in _untold) tell();
        _untold.Clear();
    }

    private void Keep(AppObservation seen)
    {
        _seen[seen.App] = seen;
        if (seen.Served && !seen.InSync) _exceptions[seen.App] = seen;
        else _exceptions.TryRemove(seen.App, out _);
    }

    private static AppObservation Continue(AppObservation seen, AppObservation? last) =>
        last is null or { DriftRepaired: 0 } ? seen : seen with { DriftRepaired = last.DriftRepaired, LastDrift = last.LastDrift };

    /// <summary>The servers are in the health in which they were seen last.</summary>
    public bool HasSameHealth(AppObservation seen) => _seen.GetValueOrDefault(seen.App) is { } last && SameHealth(last, seen);

    private static bool IsUndisturbed(AppObservation? last, AppObservation seen) =>
        last is { InSync: true } && last.Index == seen.Index && last.Wanted == seen.Wanted && last.Process == seen.Process && SameHealth(last, seen);

    private static bool SameHealth(AppObservation last, AppObservation seen) =>
        last.Servers.Select(s => (s.Name, s.Health)).SequenceEqual(seen.Servers.Select(s => (s.Name, s.Health)));

    [LoggerMessage(EventId = 229, Level = LogLevel.Information, Message = "{Node}: {Observed} of {Count} applications observed as wanted (index {Index})")]
    private partial void LogManyObserved(string node, int observed, int count, ulong index);

    [LoggerMessage(EventId = 200, Message = "{Node}: {App}: green {Observed} observed, {Wanted} wanted (index {Index})")]
    private partial void LogObserved(LogLevel level, string node, AppName app, Share? observed, Share? wanted, ulong index);

    [LoggerMessage(EventId = 201, Level = LogLevel.Warning, Message = "{Node}: {App}: {Found}, changed by somebody else; it is put right")]
    private partial void LogDrift(string node, AppName app, string found);
}
