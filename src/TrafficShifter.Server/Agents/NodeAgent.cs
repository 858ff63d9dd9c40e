using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Agents;

/// <summary>Keeps one HAProxy at the desired traffic: reads, plans the difference, writes, reads back.</summary>
/// <remarks>
/// Runs on a new desired state, when HAProxy is another process than before or was away, and on a timer. Never changes weights of its own
/// accord: without a valid desired state it leaves them.
/// </remarks>
public sealed partial class NodeAgent(
    string node, ILoadBalancer haproxy, AgentOptions options, ServerOptions server, AgentMetrics metrics, TimeProvider time, ILogger<NodeAgent> logger)
{
    private static readonly TimeSpan RetryFailing = TimeSpan.FromSeconds(1);
    private readonly DesiredInbox _inbox = new();
    private readonly TurnSignal _turn = new();
    private readonly NodeReconciler _reconciler = new(node, haproxy, server, metrics, time, logger);
    private ProcessIdentity? _process;
    private ulong _watermark;
    private long _applied;
    private long _lastFull;
    private long _lastRetry;
    private long _lastAsked;

    public string Node => node;

    /// <summary>Everything up to this index has been brought to HAProxy and read back, but for the exceptions.</summary>
    public ulong Watermark => Volatile.Read(ref _watermark);

    /// <summary>Everything up to this index is known here, whatever has become of it.</summary>
    public ulong Heard => _inbox.Index;

    /// <summary>Why HAProxy cannot be driven now; null when it can.</summary>
    public string? Problem { get; private set; } = "HAProxy has not been asked yet";

    /// <summary>Why applications on `map` routing are not as wanted although HAProxy can be driven; null when they are.</summary>
    public string? MapsProblem => _reconciler.MapsProblem;

    public ProcessIdentity? Process => _process;

    public IEnumerable<AppObservation> Exceptions => _reconciler.Observations.Exceptions;

    /// <inheritdoc cref="Observations.Drift"/>
    public (int Times, string? Last) Drift => _reconciler.Observations.Drift;

    public bool IsSettled => Problem is null && _inbox.IsEmpty && !_reconciler.Observations.HasExceptions;

    /// <summary>Takes a new desired state; the number is what <see cref="ApplyAsync"/> waits for.</summary>
    public long Offer(TrafficSnapshot snapshot, IReadOnlySet<AppName> changed) => _inbox.Offer(snapshot, changed);

    /// <summary>Waits up to <paramref name="wait"/> until an offer has been brought to HAProxy and read back, but for the exceptions. False: it was not, in that time.</summary>
    public async Task<bool> ApplyAsync(long offer, TimeSpan wait, CancellationToken cancellationToken)
    {
        var deadline = time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency);
        while (true)
        {
            var ended = _turn.Next;
            var left = time.GetElapsedTime(time.GetTimestamp(), deadline);
            if (Volatile.Read(ref _applied) >= offer) return true;
            if (left <= TimeSpan.Zero) return false;
            await ended.WaitAsync(left, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>What is known of one application; waits up to <paramref name="wait"/> for it to be in sync at <paramref name="index"/>.</summary>
    /// <param name="passOver">Only a pass over all that changed counts, not that this application was read back in one that goes on.</param>
    public async Task<AgentAnswer> ObserveAsync(AppName app, ulong index, TimeSpan wait, CancellationToken cancellationToken, bool passOver = false)
    {
        var deadline = time.GetTimestamp() + (long)(wait.TotalSeconds * time.TimestampFrequency);
        while (true)
        {
            var ended = _turn.Next;
            // In this order: what is seen after the watermark was read is at least as new.
            var (problem, watermark, heard) = (Problem, Watermark, Heard);
            var seen = Find(app, index);
            // What this process wrote itself is followed before the watermark can be as far: a plain shift, nothing else.
            var reached = passOver ? watermark : Math.Max(watermark, Math.Min(_inbox.OwnIndexOf(app), seen.Index));
            var left = time.GetElapsedTime(time.GetTimestamp(), deadline);
            if (left <= TimeSpan.Zero || (problem is null && reached >= index && ((seen.InSync && seen.Left?.IsEnding != true) || !seen.Served))) return new AgentAnswer(reached, seen, heard);
            await ended.WaitAsync(left, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <inheritdoc cref="DesiredInbox.HearAsync"/>
    public Task<ulong> HearAsync(AppName app, ulong index, TimeSpan wait, CancellationToken cancellationToken) => _inbox.HearAsync(app, index, wait, time, cancellationToken);

    /// <summary>A backend as HAProxy has it now.</summary>
    /// <exception cref="LoadBalancerException">HAProxy cannot be asked.</exception>
    public async Task<BackendAnswer> FindBackendAsync(ProxyName backend, bool withPersistence, CancellationToken cancellationToken)
    {
        var servers = (await haproxy.ReadAsync([backend], cancellationToken)).Backends.GetValueOrDefault(backend);
        var persistence = withPersistence && servers is not null ? await haproxy.FindPersistenceAsync([backend], cancellationToken) : null;
        return new BackendAnswer(node, servers, Persistence: persistence?.GetValueOrDefault(backend), HasMaps: haproxy.Maps is not null, MapsProblem: await NodeMaps.FindProblemAsync(haproxy.Maps, cancellationToken));
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
            _reconciler.Observations.Tell();
            await _inbox.WaitAsync(options.ProcessCheckInterval, time, stoppingToken);
        }
    }

    private async Task TakeTurnAsync(CancellationToken cancellationToken)
    {
        if (_process is null || !_inbox.IsEmpty || IsDue(_lastFull, options.ReconcileInterval) || (IsDue(_lastRetry, RetryFailing) && _reconciler.Observations.HasExceptions))
        {
            await ReconcileAsync(cancellationToken);
            return;
        }
        _lastAsked = time.GetTimestamp();
        var process = await haproxy.GetProcessAsync(cancellationToken);
        if (process == _process && !process.Stopping)
        {
            await _reconciler.LookOnAsync(cancellationToken);
            return;
        }
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
            var some = _process is null || IsDue(_lastFull, options.ReconcileInterval) ? null
                : changed.Count == snapshot.Apps.Count ? changed : changed.Concat(Exceptions.Select(e => e.App)).Distinct().ToList();
            if (some is { Count: 0 } && !IsDue(_lastAsked, options.ProcessCheckInterval))
            {
                // Nothing that is wanted is different, only how far that is known.
                Done(snapshot, number);
                return;
            }
            _lastAsked = _lastRetry = time.GetTimestamp();
            var pass = await _reconciler.ReconcileAsync(snapshot, changed, some, cancellationToken);
            if (_process is { } known && pass.Process != known)
            {
                LogRestarted(node, known.Pid, pass.Process.Pid);
                metrics.ProcessChanged(node);
                // What did not change has the weights of its file there, and nobody would look before the next full pass.
                if (some is not null) pass = await _reconciler.ReconcileAsync(snapshot, changed, some = null, cancellationToken);
            }
            _process = pass.Process;
            if (some is null) _lastFull = _lastRetry;
            Done(snapshot, number);
            // Whoever waits for what is wanted waits for nothing else.
            _turn.End();
            _reconciler.Observations.Tell();
            await _reconciler.LookAfterAsync(pass, snapshot, cancellationToken);
        }
        catch
        {
            _inbox.PutBack(changed);
            throw;
        }
    }

    private void Done(TrafficSnapshot snapshot, long number)
    {
        Volatile.Write(ref _watermark, snapshot.Index);
        Volatile.Write(ref _applied, number);
    }

    /// <summary>What was seen last of one application.</summary>
    public AppObservation Find(AppName app, ulong index)
    {
        var seen = _reconciler.Find(app) ?? new AppObservation
        {
            Node = node, App = app, Served = true, InSync = false, Index = 0, Problem = Watermark >= index ? "the application is not known to this node" : null, At = time.GetUtcNow(),
        };
        return Problem is { } problem ? seen with { InSync = false, NodeFailing = true, Problem = problem } : seen;
    }

    private bool IsDue(long last, TimeSpan interval) => last == 0 || time.GetElapsedTime(last) >= interval;

    [LoggerMessage(EventId = 202, Level = LogLevel.Warning, Message = "{Node}: HAProxy is another process (pid {Before} → {After}): its weights are set again")]
    private partial void LogRestarted(string node, int before, int after);

    [LoggerMessage(EventId = 207, Level = LogLevel.Error, Message = "{Node}: a turn failed; the next one begins anew")]
    private partial void LogFailed(Exception failed, string node);

    [LoggerMessage(EventId = 203, Level = LogLevel.Error, Message = "{Node}: {Problem}")]
    private partial void LogBroken(string node, string problem);

    [LoggerMessage(EventId = 204, Level = LogLevel.Information, Message = "{Node}: {HAProxy} answers, pid {Pid}")]
    private partial void LogBack(string node, string haproxy, int pid);
}
