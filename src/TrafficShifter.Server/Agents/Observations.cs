using System.Collections.Concurrent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>What was seen last of each application on one node.</summary>
internal sealed partial class Observations(string node, AgentMetrics metrics, ILogger logger)
{
    private readonly ConcurrentDictionary<AppName, AppObservation> _seen = new();

    public IEnumerable<AppObservation> Exceptions => _seen.Values.Where(o => o.Served && !o.InSync);

    /// <summary>How often something had been changed by somebody else, and what it was last: <c>shop: green was 10% and was found at 50%</c>.</summary>
    public (int Times, string? Last) Drift { get; private set; }

    public AppObservation? Find(AppName app) => _seen.GetValueOrDefault(app);

    public void Forget(AppName app) => _seen.TryRemove(app, out _);

    /// <summary>Keeps what was seen before anything is set. Weights that somebody else changed, in the same process and at the same desired state, are drift.</summary>
    public void Note(AppObservation seen, bool differs)
    {
        var last = Find(seen.App);
        if (differs && IsUndisturbed(last, seen)) NoteDrift(seen, $"green was {last?.Observed} and was found at {seen.Observed}");
        else _seen[seen.App] = Continue(seen, last);
    }

    /// <summary>Keeps what was seen, and that somebody else had changed it.</summary>
    public void NoteDrift(AppObservation seen, string found)
    {
        metrics.DriftRepaired(node, seen.App.Value);
        LogDrift(node, seen.App, found);
        Drift = (Drift.Times + 1, $"{seen.App}: {found}");
        _seen[seen.App] = Continue(seen, Find(seen.App)) with { DriftRepaired = (Find(seen.App)?.DriftRepaired ?? 0) + 1, LastDrift = found };
    }

    /// <summary>Keeps what was read back after something was set.</summary>
    public void NoteWritten(AppObservation seen)
    {
        _seen[seen.App] = Continue(seen, Find(seen.App));
        LogObserved(node, seen.App, seen.Observed, seen.Wanted, seen.Index);
    }

    private static AppObservation Continue(AppObservation seen, AppObservation? last) =>
        last is null ? seen : seen with { DriftRepaired = last.DriftRepaired, LastDrift = last.LastDrift };

    private static bool IsUndisturbed(AppObservation? last, AppObservation seen) =>
        last is { InSync: true } && last.Index == seen.Index && last.Wanted == seen.Wanted && last.Process == seen.Process && SameHealth(last, seen);

    private static bool SameHealth(AppObservation last, AppObservation seen) =>
        last.Servers.Select(s => (s.Name, s.Health)).SequenceEqual(seen.Servers.Select(s => (s.Name, s.Health)));

    [LoggerMessage(EventId = 200, Level = LogLevel.Information, Message = "{Node}: {App}: green {Observed} observed, {Wanted} wanted (index {Index})")]
    private partial void LogObserved(string node, AppName app, Share? observed, Share? wanted, ulong index);

    [LoggerMessage(EventId = 201, Level = LogLevel.Warning, Message = "{Node}: {App}: {Found}, changed by somebody else; it is put right")]
    private partial void LogDrift(string node, AppName app, string found);
}
