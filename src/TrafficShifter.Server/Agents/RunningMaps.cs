using System.Collections.Concurrent;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Server.Agents;

/// <summary>Brings the maps of one running HAProxy to what they should hold. Each map on its own: one that cannot be set holds up none of the others.</summary>
internal sealed partial class RunningMaps(string node, ILoadBalancer haproxy, AgentMetrics metrics, TimeProvider time, ILogger logger)
{
    private const int LargeMap = 10_000;
    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    /// <summary>A large map is compared with HAProxy's less often than at every full pass.</summary>
    private static readonly TimeSpan LargeMapInterval = TimeSpan.FromSeconds(60);

    private readonly Dictionary<MapFile, Held> _held = [];
    // Read by those who answer for the node, while a pass writes.
    private readonly ConcurrentDictionary<MapFile, Failed> _failed = new();
    private ProcessIdentity? _process;

    private sealed record Held(IReadOnlyDictionary<string, string> Rows, long ReadAt);

    private sealed record Failed(IReadOnlyDictionary<string, string> Rows, string Problem, long At, TimeSpan Delay);

    /// <summary>Why a map is not as wanted, as a sentence; null when it is.</summary>
    public string? FindProblem(MapFile file) => _failed.GetValueOrDefault(file)?.Problem;

    /// <summary>Brings all maps, and returns what somebody else had changed in them.</summary>
    /// <param name="full">What HAProxy holds is read, whatever was brought before.</param>
    /// <exception cref="LoadBalancerException">HAProxy became another process on the way: everything begins anew.</exception>
    public async Task<IReadOnlyList<MapStep>> BringAsync(ILoadBalancerMaps maps, DesiredMaps desired, ProcessIdentity process, bool full, CancellationToken cancellationToken)
    {
        if (process != _process)
        {
            _held.Clear();
            _failed.Clear();
        }
        _process = process;
        var drift = new List<MapStep>();
        foreach (var file in MapFiles.InOrder)
        {
            try
            {
                if (await BringAsync(maps, file, desired, full, cancellationToken) is { } found) drift.Add(found);
            }
            catch (LoadBalancerException broken) when (broken is not AnotherProcessException)
            {
                Fail(file, desired.Image[file], broken.Message);
            }
        }
        return drift;
    }

    /// <summary>What somebody else had changed in this map; null when nobody had.</summary>
    private async Task<MapStep?> BringAsync(ILoadBalancerMaps maps, MapFile file, DesiredMaps desired, bool full, CancellationToken cancellationToken)
    {
        var wanted = desired.Image[file] as IReadOnlyDictionary<string, string>;
        if (_failed.GetValueOrDefault(file) is { } failed && ReferenceEquals(failed.Rows, wanted) && time.GetElapsedTime(failed.At) < failed.Delay) return null;
        var held = _held.GetValueOrDefault(file);
        var change = held is null || (full && (held.Rows.Count < LargeMap || time.GetElapsedTime(held.ReadAt) >= LargeMapInterval)) ? null : MapChange.Between(wanted, held.Rows);
        var readAt = held?.ReadAt ?? 0;
        if (change is null)
        {
            var reading = await maps.ReadAsync(file, cancellationToken);
            Check(reading.Process);
            wanted = desired.Meet(file, reading.Map.Rows);
            change = reading.Map.ChangeTo(wanted);
            readAt = time.GetTimestamp();
        }
        var step = new MapStep(file, change, wanted);
        _held.Remove(file);
        if (!change.IsEmpty) Check(await maps.ApplyAsync(step, cancellationToken));
        metrics.RowsWritten(node, change.Set.Count + change.Delete.Count);
        _held[file] = new Held(wanted, readAt);
        if (_failed.TryRemove(file, out _)) LogMended(node, file);
        return held is not null && ReferenceEquals(held.Rows, wanted) && !change.IsEmpty ? step : null;
    }

    private void Fail(MapFile file, IReadOnlyDictionary<string, string> wanted, string problem)
    {
        var before = _failed.GetValueOrDefault(file);
        if (before?.Problem != problem) LogBroken(node, file.Name(), problem);
        // A lock is a row of applications: it is tried every second for as long as it takes.
        var delay = file != MapFile.Apps && before is not null && ReferenceEquals(before.Rows, wanted) ? TimeSpan.FromTicks(Math.Min(LongestDelay.Ticks, before.Delay.Ticks * 2)) : FirstDelay;
        _failed[file] = new Failed(wanted, problem, time.GetTimestamp(), delay);
        _held.Remove(file);
    }

    private void Check(ProcessIdentity now)
    {
        if (now != _process) throw new AnotherProcessException($"{haproxy.Name} became another process (pid {_process?.Pid} → {now.Pid}) while its maps were set; they are set again");
    }

    [LoggerMessage(EventId = 209, Level = LogLevel.Error, Message = "{Node}: {Map} cannot be set: {Problem}")]
    private partial void LogBroken(string node, string map, string problem);

    [LoggerMessage(EventId = 219, Level = LogLevel.Information, Message = "{Node}: {Map} is as wanted again")]
    private partial void LogMended(string node, MapFile map);

    private sealed class AnotherProcessException(string message) : LoadBalancerException(message);
}
