using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Evidence;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>Registers the nodes of this process, and writes their signs of life, each at most once a second, and less often while changes go on.</summary>
public sealed partial class NodeRegistrar(ITrafficStore store, TrafficFollower follower, NodeAgents agents, EvidenceWorker evidence, AgentOptions options, TimeProvider time, ILogger<NodeRegistrar> logger) : BackgroundService
{
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan RegistrationInterval = TimeSpan.FromSeconds(30);
    private readonly Dictionary<string, (LivenessPace Pace, long At)> _last = [];
    private ulong _index;
    private volatile bool _anotherStore;
    private long _registered;
    private bool _complained;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (agents.All.Count == 0) return;
        follower.Subscribe((snapshot, _) => NoteIndex(snapshot.Index));
        using var timer = new PeriodicTimer(Turn, time);
        do
        {
            try
            {
                await TakeTurnAsync(stoppingToken);
                _complained = false;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception away)
            {
                if (!_complained) LogFailed(away.Message);
                _complained = true;
                Forget();
            }
        }
        while (await WaitAsync(timer, stoppingToken));
        await ReleaseAsync();
    }

    private static async Task<bool> WaitAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>An index that went backwards means another store under the same name, which does not know these nodes.</summary>
    private void NoteIndex(ulong index)
    {
        if (index < _index) _anotherStore = true;
        _index = index;
    }

    private async Task TakeTurnAsync(CancellationToken cancellationToken)
    {
        if (_anotherStore)
        {
            _anotherStore = false;
            Forget();
        }
        if (_registered == 0 || time.GetElapsedTime(_registered) > RegistrationInterval)
        {
            foreach (var agent in agents.All) await RegisterAsync(agent, cancellationToken);
            _registered = time.GetTimestamp();
        }
        foreach (var agent in agents.All) await SayAliveAsync(agent, cancellationToken);
    }

    private async Task RegisterAsync(NodeAgent agent, CancellationToken cancellationToken)
    {
        var key = Keys.Node(agent.Node);
        var address = options.Advertise?.ToString();
        var exporter = options.Nodes.FirstOrDefault(n => n.Name == agent.Node)?.Exporter?.ToString();
        var entry = await store.FindAsync(key, cancellationToken);
        var current = entry is null ? null : Reading.Of<NodeRegistration>(entry).Find();
        if (current is not null && ((current.Address == address && current.Exporter == exporter) || current.IsReadOnly)) return;
        var next = (current ?? new NodeRegistration { Node = agent.Node }) with { Address = address, Exporter = exporter, At = time.GetUtcNow() };
        await store.CommitAsync(ChangeSet.Empty.With(new Change.Put(key, DocumentJson.Write(next), entry?.ModifyIndex ?? 0)), cancellationToken);
        LogRegistered(agent.Node, address ?? "this process");
    }

    private async Task SayAliveAsync(NodeAgent agent, CancellationToken cancellationToken)
    {
        var exceptions = agent.Exceptions.Select(e => e.App.Value).Order(StringComparer.Ordinal).ToList();
        var now = new NodeLiveness
        {
            ObservedIndex = agent.Watermark,
            Exceptions = [.. exceptions.Take(NodeLiveness.MaxExceptions)],
            MoreExceptions = Math.Max(0, exceptions.Count - NodeLiveness.MaxExceptions),
            HaproxyPid = agent.Process?.Pid,
            Version = agent.Process?.Version,
            Problem = agent.Problem ?? agent.MapsProblem,
            DriftRepaired = agent.Drift.Times,
            LastDrift = agent.Drift.Last,
            Evidence = evidence.Find(agent.Node),
        };
        var (pace, at) = _last.GetValueOrDefault(agent.Node, (LivenessPace.Start, 0));
        var since = time.GetElapsedTime(at);
        if (!pace.IsDue(now, since)) return;
        if (await store.TryHoldAsync(Keys.LiveNode(agent.Node), DocumentJson.Write(now with { At = time.GetUtcNow() }), cancellationToken))
            _last[agent.Node] = (pace.After(now, since), time.GetTimestamp());
        else
            LogTaken(agent.Node);
    }

    private void Forget()
    {
        _registered = 0;
        _last.Clear();
    }

    private async Task ReleaseAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            foreach (var agent in agents.All) await store.ReleaseAsync(Keys.LiveNode(agent.Node), patience.Token);
        }
        catch (Exception away) when (away is StoreException or OperationCanceledException)
        {
            LogFailed(away.Message);
        }
    }

    [LoggerMessage(EventId = 220, Level = LogLevel.Information, Message = "{Node} is registered, its agent answers at {Address}")]
    private partial void LogRegistered(string node, string address);

    [LoggerMessage(EventId = 221, Level = LogLevel.Warning, Message = "No sign of life could be written: {Problem}")]
    private partial void LogFailed(string problem);

    [LoggerMessage(EventId = 222, Level = LogLevel.Warning, Message = "{Node}: another process signs as this node; two agents must not have the same node name")]
    private partial void LogTaken(string node);
}
