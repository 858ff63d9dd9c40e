using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>The agents of the nodes that this process drives, and their last desired state on disk.</summary>
/// <remarks>The disk is read first, so that a node is right before the store has been heard of.</remarks>
public sealed partial class NodeAgents(
    IReadOnlyList<NodeAgent> agents, AgentOverrides overrides, TrafficFollower follower, ServerOptions options, TimeProvider time, ILogger<NodeAgents> logger) : BackgroundService
{
    private const int Many = 1000;
    private static readonly TimeSpan CompactInterval = TimeSpan.FromSeconds(30);
    private readonly DesiredFile _file = new(Path.Combine(options.DataDirectory, "desired.json"));
    private readonly Lock _gate = new();
    private TrafficSnapshot _followed = TrafficSnapshot.Empty;
    private bool _complained;
    private bool _isMuchChanged;

    public IReadOnlyList<NodeAgent> All => agents;

    public NodeAgent? Find(string node) => agents.FirstOrDefault(a => a.Node == node);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (agents.Count > 0 && ReadFile() is { } kept) follower.Begin(kept);
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (agents.Count == 0) return;
        follower.Subscribe(Follow);
        await Task.WhenAll([CompactAsync(stoppingToken), .. agents.Select(a => Task.Run(() => a.RunAsync(stoppingToken), stoppingToken))]);
    }

    /// <summary>Takes an override: on disk first, then to every node's HAProxy, each with up to <paramref name="wait"/> to be read back.</summary>
    public async Task<IReadOnlyList<RescueStatus>> GiveAsync(TrafficOverride given, TimeSpan wait, CancellationToken cancellationToken)
    {
        var unkept = overrides.Give(given);
        if (unkept is not null) LogUnkept(given.Id, unkept);
        LogGiven(given.Id, given.App?.Value ?? "every application", given.To, given.By, given.Reason);
        var (snapshot, offers) = OfferAnew();
        return await Task.WhenAll(offers.Select(async offer =>
        {
            var isApplied = await offer.Agent.ApplyAsync(offer.Number, wait, cancellationToken);
            var status = RescueStatus.Of(offer.Agent, given, snapshot, isApplied);
            return unkept is null ? status : status with { Problem = status.Problem ?? $"it holds, and would be forgotten with the agent's process: the disk does not take it ({unkept})" };
        }));
    }

    /// <summary>Drops an override that the store has taken in, once this agent knows the locks that it became. Until then it stays, and is asked about again.</summary>
    /// <exception cref="IOException">The disk is full or read-only: the override stays.</exception>
    public void Forget(TrafficOverride recorded)
    {
        lock (_gate)
        {
            if (_followed.Apps.Values.Any(a => a is { Exists: true, State.Value: { } state } && recorded.HoldsFor(a.Name, state, _followed.Fleet.Value))) return;
        }
        overrides.Forget(recorded.Id);
        OfferAnew();
        LogForgotten(recorded.Id);
    }

    /// <summary>On disk first, then to the nodes. One at a time, so that nothing older is ever offered after something newer.</summary>
    private void Follow(TrafficSnapshot snapshot, IReadOnlySet<AppName> changed)
    {
        lock (_gate)
        {
            _followed = snapshot;
            if (changed.Count >= Many) _isMuchChanged = true;
            // A disk that failed last time must not hold up what is wanted now.
            var isDiskTrusted = !_complained;
            if (!isDiskTrusted) Offer(snapshot, changed);
            if (snapshot.Index > 0 && changed.Count > 0) Keep(() => _file.Keep(snapshot, changed));
            if (isDiskTrusted) Offer(snapshot, changed);
        }
    }

    /// <summary>Offers what is followed again, with the overrides as they are now.</summary>
    private (TrafficSnapshot Snapshot, List<(NodeAgent Agent, long Number)> Offers) OfferAnew()
    {
        lock (_gate) return (_followed, Offer(_followed, _followed.Apps.Keys.ToHashSet()));
    }

    private List<(NodeAgent Agent, long Number)> Offer(TrafficSnapshot snapshot, IReadOnlySet<AppName> changed)
    {
        var wanted = snapshot.WithOverrides(overrides.Active);
        return [.. agents.Select(agent => (agent, agent.Offer(wanted, changed)))];
    }

    private TrafficSnapshot? ReadFile()
    {
        try
        {
            return _file.Find();
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or System.Text.Json.JsonException)
        {
            LogUnreadable(_file.Path, broken.Message);
            return null;
        }
    }

    /// <summary>Folds the journal into the whole file now and then.</summary>
    private async Task CompactAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(CompactInterval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested) return;
            lock (_gate)
            {
                if (_file.HasJournal) Keep(() => _file.KeepWhole(_followed));
            }
            if (Interlocked.Exchange(ref _isMuchChanged, false)) GiveBackMemory();
        }
    }

    /// <summary>What it took to take in thousands of applications at once is not needed while they stand still: the next collection of that memory might be hours away. Stops the process for some tens of milliseconds.</summary>
    private static void GiveBackMemory() => GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

    private void Keep(Action write)
    {
        try
        {
            write();
            _complained = false;
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            if (!_complained) LogUnwritable(_file.Path, failed.Message);
            _complained = true;
        }
    }

    [LoggerMessage(EventId = 212, Level = LogLevel.Warning, Message = "Override {Id}: {What} to {To} by {By} ({Reason}), given to this agent itself")]
    private partial void LogGiven(string id, string what, RollbackTarget to, string by, string reason);

    [LoggerMessage(EventId = 226, Level = LogLevel.Error, Message = "Override {Id} holds, and would be forgotten with this process: it cannot be kept on disk ({Problem})")]
    private partial void LogUnkept(string id, string problem);

    [LoggerMessage(EventId = 213, Level = LogLevel.Information, Message = "Override {Id} is recorded in the store and dropped here")]
    private partial void LogForgotten(string id);

    [LoggerMessage(EventId = 210, Level = LogLevel.Error, Message = "{Path} cannot be read ({Problem}): until the store answers, weights are left as they are")]
    private partial void LogUnreadable(string path, string problem);

    [LoggerMessage(EventId = 211, Level = LogLevel.Error, Message = "{Path} cannot be written ({Problem}): after a restart without the store, the agent would follow an older state")]
    private partial void LogUnwritable(string path, string problem);
}
