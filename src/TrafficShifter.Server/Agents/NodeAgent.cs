using System.Collections.Concurrent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>Keeps one HAProxy at the desired traffic: reads, plans the difference, writes, reads back.</summary>
/// <remarks>
/// Runs on a new desired state, when HAProxy is another process than before or was away, and on a timer. Never changes weights of its own
/// accord: without a valid desired state it leaves them.
/// </remarks>
public sealed partial class NodeAgent(string node, ILoadBalancer haproxy, AgentOptions options, AgentMetrics metrics, TimeProvider time, ILogger<NodeAgent> logger)
{
    private static readonly TimeSpan RetryFailing = TimeSpan.FromSeconds(1);
    private readonly ConcurrentDictionary<AppName, AppObservation> _observations = new();
    private readonly DesiredInbox _inbox = new();
    private readonly TurnSignal _turn = new();
    private readonly PersistenceWatch _persistence = new(node, haproxy, logger);
    private ProcessIdentity? _process;
    private ulong _watermark;
    private long _applied;
    private long _lastFull;
    private long _lastRetry;

    public string Node => node;

    /// <summary>Everything up to this index has been brought to HAProxy and read back, but for the exceptions.</summary>
    public ulong Watermark => Volatile.Read(ref _watermark);

    /// <summary>Why HAProxy cannot be driven now; null when it can.</summary>
    public string? Problem { get; private set; } = "HAProxy has not been asked yet";

    public ProcessIdentity? Process => _process;

    public IEnumerable<AppObservation> Exceptions => _observations.Values.Where(o => o.Served && !o.InSync);

    public bool IsSettled => Problem is null && _inbox.IsEmpty && !Exceptions.Any();

    /// <summary>Takes a new desired state. Returns at once, with the number to wait for by <see cref="ApplyAsync"/>.</summary>
    public long Offer(TrafficSnapshot snapshot, IReadOnlySet<AppName> changed) => _inbox.Offer(snapshot, changed);

    /// <summary>Waits up to <paramref name="wait"/> until an offer has been brought to HAProxy and read back, but for the exceptions.</summary>
    public async Task ApplyAsync(long offer, TimeSpan wait, CancellationToken cancellationToken)
    {
        var deadline = time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency);
        while (true)
        {
            var ended = _turn.Next;
            var left = time.GetElapsedTime(time.GetTimestamp(), deadline);
            if (Volatile.Read(ref _applied) >= offer || left <= TimeSpan.Zero) return;
            await ended.WaitAsync(left, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>What is known of one application; waits up to <paramref name="wait"/> for it to be in sync at <paramref name="index"/>.</summary>
    public async Task<AppObservation> ObserveAsync(AppName app, ulong index, TimeSpan wait, CancellationToken cancellationToken)
    {
        var deadline = time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency);
        while (true)
        {
            var ended = _turn.Next;
            var seen = Find(app, index);
            var left = time.GetElapsedTime(time.GetTimestamp(), deadline);
            if (left <= TimeSpan.Zero || (Problem is null && Watermark >= index && (seen.InSync || !seen.Served))) return seen;
            await ended.WaitAsync(left, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>A backend as HAProxy has it now.</summary>
    /// <exception cref="LoadBalancerException">HAProxy cannot be asked.</exception>
    public async Task<BackendAnswer> FindBackendAsync(ProxyName backend, bool withPersistence, CancellationToken cancellationToken)
    {
        var servers = (await haproxy.ReadAsync([backend], cancellationToken)).Backends.GetValueOrDefault(backend);
        var persistence = withPersistence && servers is not null ? await haproxy.FindPersistenceAsync([backend], cancellationToken) : null;
        return new BackendAnswer(node, servers, Persistence: persistence?.GetValueOrDefault(backend));
    }

    public async Task RunAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await TakeTurnAsync(stoppingToken);
                if (Problem is not null) LogBack(node, haproxy.Name, _process!.Pid);
                Problem = null;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (LoadBalancerException broken)
            {
                if (Problem != broken.Message) LogBroken(node, broken.Message);
                Problem = broken.Message;
                _process = null;
            }
            catch (Exception failed)
            {
                LogFailed(failed, node);
                Problem = $"a turn of the agent failed: {failed.Message}";
                _process = null;
            }
            _turn.End();
            await _inbox.WaitAsync(options.ProcessCheckInterval, time, stoppingToken);
        }
    }

    private async Task TakeTurnAsync(CancellationToken cancellationToken)
    {
        if (_process is null || !_inbox.IsEmpty || IsDue(_lastFull, options.ReconcileInterval) || (IsDue(_lastRetry, RetryFailing) && Exceptions.Any()))
        {
            await ReconcileAsync(cancellationToken);
            return;
        }
        var process = await haproxy.GetProcessAsync(cancellationToken);
        if (process == _process && !process.Stopping) return;
        LogRestarted(node, _process.Pid, process.Pid);
        metrics.ProcessChanged(node);
        _process = null;
        await ReconcileAsync(cancellationToken);
    }

    private async Task ReconcileAsync(CancellationToken cancellationToken)
    {
        var (snapshot, changed, number) = _inbox.Take();
        try
        {
            var full = _process is null || IsDue(_lastFull, options.ReconcileInterval);
            var apps = full ? [.. snapshot.Apps.Values] : changed.Concat(Exceptions.Select(e => e.App)).Distinct().Select(snapshot.Find).ToList();
            _lastRetry = time.GetTimestamp();
            _process = await ReconcileAsync(snapshot, apps, cancellationToken);
            if (full) _lastFull = time.GetTimestamp();
            Volatile.Write(ref _watermark, snapshot.Index);
            Volatile.Write(ref _applied, number);
            await _persistence.LookAsync(apps, anew: full, cancellationToken);
        }
        catch
        {
            _inbox.PutBack(changed);
            throw;
        }
    }

    /// <summary>One pass over <paramref name="apps"/>; returns the process that it was about.</summary>
    /// <exception cref="LoadBalancerException">HAProxy could not be asked, or became another process on the way: the next turn begins anew.</exception>
    private async Task<ProcessIdentity> ReconcileAsync(TrafficSnapshot snapshot, IReadOnlyCollection<AppTraffic> apps, CancellationToken cancellationToken)
    {
        foreach (var gone in apps.Where(a => !a.Exists)) _observations.TryRemove(gone.Name, out _);
        var driven = apps.Where(a => a.Exists).ToList();
        var before = await ReadAsync(driven, cancellationToken);
        var commands = new List<SetServerWeight>();
        var moved = new List<AppTraffic>();
        foreach (var app in driven)
        {
            var (seen, needed) = AppObservation.Of(node, app, app.FindDesired(snapshot.Fleet), before, time.GetUtcNow());
            Note(seen, needed);
            if (needed.Count == 0) continue;
            commands.AddRange(needed);
            moved.Add(app);
        }
        if (commands.Count == 0) return before.Process;

        var written = await haproxy.SetWeightsAsync(commands, cancellationToken);
        foreach (var refused in written.Refused) LogRefused(node, refused.Command.Backend.Value, refused.Command.Server.Value, refused.Command.Weight, refused.Reply);
        var after = await ReadAsync(moved, cancellationToken);
        if (written.Process != before.Process || after.Process != before.Process)
            throw new LoadBalancerException($"{haproxy.Name} became another process (pid {before.Process.Pid} → {after.Process.Pid}) while weights were set; they are set again");
        foreach (var app in moved) NoteWritten(AppObservation.Of(node, app, app.FindDesired(snapshot.Fleet), after, time.GetUtcNow()).Observation, written);
        metrics.WeightsWritten(node, commands.Count, written.Refused.Count);
        return after.Process;
    }

    private async Task<LoadBalancerReading> ReadAsync(IReadOnlyCollection<AppTraffic> apps, CancellationToken cancellationToken)
    {
        var backends = apps.Select(a => a.Definition.Value!.Routing.Backend).ToHashSet();
        var reading = await haproxy.ReadAsync(backends, cancellationToken);
        return reading.Process.Stopping
            ? throw new LoadBalancerException($"{haproxy.Name}: process {reading.Process.Pid} is stopping; what it is told has no effect")
            : reading;
    }

    /// <summary>Keeps what was seen. Weights that somebody else changed, in the same process and at the same desired state, are drift.</summary>
    private void Note(AppObservation seen, IReadOnlyList<SetServerWeight> needed)
    {
        var last = _observations.GetValueOrDefault(seen.App);
        var drift = last?.DriftRepaired ?? 0;
        if (needed.Count > 0 && last is { InSync: true } && last.Index == seen.Index && last.Wanted == seen.Wanted && last.Process == seen.Process && SameHealth(last, seen))
        {
            drift++;
            metrics.DriftRepaired(node, seen.App.Value);
            LogDrift(node, seen.App, last.Observed, seen.Observed);
        }
        _observations[seen.App] = seen with { DriftRepaired = drift };
    }

    private void NoteWritten(AppObservation seen, WeightsWritten written)
    {
        var refused = written.Refused.FirstOrDefault(r => seen.Servers.Any(s => s.Name == r.Command.Server));
        var drift = _observations.GetValueOrDefault(seen.App)?.DriftRepaired ?? 0;
        var problem = refused is null || seen.InSync ? seen.Problem : $"HAProxy refused weight {refused.Command.Weight} for server \"{refused.Command.Server}\": {refused.Reply}";
        _observations[seen.App] = seen with { DriftRepaired = drift, Problem = problem };
        LogObserved(node, seen.App, seen.Observed, seen.Wanted, seen.Index);
    }

    private static bool SameHealth(AppObservation last, AppObservation seen) =>
        last.Servers.Select(s => (s.Name, s.Health)).SequenceEqual(seen.Servers.Select(s => (s.Name, s.Health)));

    /// <summary>What was seen last of one application.</summary>
    public AppObservation Find(AppName app, ulong index)
    {
        var seen = _observations.GetValueOrDefault(app) ?? new AppObservation
        {
            Node = node, App = app, Served = true, InSync = false, Index = 0, Problem = Watermark >= index ? "the application is not known to this node" : null, At = time.GetUtcNow(),
        };
        if (seen.Served) seen = seen with { Persistence = _persistence.Find(app) };
        return Problem is { } problem ? seen with { InSync = false, NodeFailing = true, Problem = problem } : seen;
    }

    private bool IsDue(long last, TimeSpan interval) => last == 0 || time.GetElapsedTime(last) >= interval;

    [LoggerMessage(EventId = 200, Level = LogLevel.Information, Message = "{Node}: {App}: green {Observed} observed, {Wanted} wanted (index {Index})")]
    private partial void LogObserved(string node, AppName app, Share? observed, Share? wanted, ulong index);

    [LoggerMessage(EventId = 201, Level = LogLevel.Warning, Message = "{Node}: {App}: green was {Expected} and was found at {Found}, changed by somebody else; it is put right")]
    private partial void LogDrift(string node, AppName app, Share? expected, Share? found);

    [LoggerMessage(EventId = 202, Level = LogLevel.Warning, Message = "{Node}: HAProxy is another process (pid {Before} → {After}): its weights are set again")]
    private partial void LogRestarted(string node, int before, int after);

    [LoggerMessage(EventId = 207, Level = LogLevel.Error, Message = "{Node}: a turn failed; the next one begins anew")]
    private partial void LogFailed(Exception failed, string node);

    [LoggerMessage(EventId = 203, Level = LogLevel.Error, Message = "{Node}: {Problem}")]
    private partial void LogBroken(string node, string problem);

    [LoggerMessage(EventId = 204, Level = LogLevel.Information, Message = "{Node}: {HAProxy} answers, pid {Pid}")]
    private partial void LogBack(string node, string haproxy, int pid);

    [LoggerMessage(EventId = 205, Level = LogLevel.Error, Message = "{Node}: HAProxy refused weight {Weight} for {Backend}/{Server}: {Reply}")]
    private partial void LogRefused(string node, string backend, string server, int weight, string reply);
}
