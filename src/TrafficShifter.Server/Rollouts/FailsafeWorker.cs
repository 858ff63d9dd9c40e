using System.Diagnostics.Metrics;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Telemetry;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Watches, in every api replica, whether a controller leads; where none does for as long as a plan says, rolls its rollout back.</summary>
/// <remarks>An ordinary compare-and-set, lost when the leader's lock was taken since it was read: of many replicas one wins, and none acts beside a leader.</remarks>
public sealed partial class FailsafeWorker : BackgroundService
{
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan WorthTelling = TimeSpan.FromSeconds(30);
    private readonly LeaderlessClock _clock;
    private readonly ITrafficStore _store;
    private readonly TrafficFollower _follower;
    private readonly TrafficReader _reader;
    private readonly TrafficWriter _writer;
    private readonly Identifiers _identifiers;
    private readonly ILeaderLease? _lease;
    private readonly TimeProvider _time;
    private readonly ILogger<FailsafeWorker> _logger;
    private bool _told;

    public FailsafeWorker(
        ITrafficStore store, IServiceProvider services, TrafficFollower follower, TrafficReader reader, TrafficWriter writer, Identifiers identifiers, IMeterFactory meters, TimeProvider time, ILogger<FailsafeWorker> logger)
    {
        (_store, _lease, _follower, _reader, _writer, _identifiers, _time, _logger) = (store, services.GetService<ILeaderLease>(), follower, reader, writer, identifiers, time, logger);
        _clock = new LeaderlessClock(time);
        meters.Create(ServerMeter.Name).CreateObservableGauge(
            "trafficshifter_leaderless_seconds", () => _clock.For.TotalSeconds, description: "How long this api replica has seen no controller lead; 0 while one does, and while the store is away.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await _follower.FirstRead.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await TakeTurnAsync(stoppingToken);
            }
            catch (StoreException)
            {
                // Whoever cannot read the lock does not know that nobody holds it.
                _clock.Forget();
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failed)
            {
                LogFailed(failed);
            }
            await Task.Delay(Turn, _time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task TakeTurnAsync(CancellationToken cancellationToken)
    {
        // Whoever leads need not ask who does.
        var isLeading = _lease?.Fence is not null;
        var held = isLeading ? null : await _store.FindAsync(Keys.ControllerLock, cancellationToken);
        if (isLeading) _clock.Forget();
        else _clock.Look(held);
        Tell();
        if (_clock.For < ControllerLoss.MinAfter) return;
        foreach (var app in _follower.Current.Apps.Values.Where(a => a.Exists))
            if (RolloutId.TryParse(app.State.Value?.Rollout, null, out var id)) await RollBackAsync(id, held, cancellationToken);
    }

    private async Task RollBackAsync(RolloutId id, Entry? held, CancellationToken cancellationToken)
    {
        if (await _store.FindAsync(Keys.Rollout(id.App, id.ToString()), cancellationToken) is not { } entry) return;
        if (Reading.Of<Rollout>(entry) is not Reading<Rollout>.Good { Value: { IsReadOnly: false } rollout } || rollout.Plan.ControllerLoss.Do != LossAction.Failsafe) return;
        var reading = await _reader.ReadAsync(id.App, cancellationToken);
        if (reading.App is not { State.Value: { IsReadOnly: false }, Weights.Value: { IsReadOnly: false } }) return;
        var tick = RolloutTick.ForCommand(reading.App, reading.Lock, entry.ModifyIndex, new RolloutCommand.LoseControllers(_clock.For), _time.GetUtcNow());
        var (decision, next) = RolloutEngine.Decide(rollout, tick);
        if (decision is not Decision.RollBack) return;
        var changes = RolloutChanges.Transition(next, decision, tick, reading.App.State.LatestIndex, _identifiers.Next()).UnlessRolledBackSince(reading.Fleet);
        // An api may read the lock and not write it, and Consul asks for write where a key must not be there. Where there is none the rollout's own document decides the race.
        if (held is not null) changes = changes.With(new Change.Unchanged(Keys.ControllerLock, held.ModifyIndex));
        // Who loses the race looks again: another replica did it, or somebody leads.
        if (await _writer.CommitAsync(changes, cancellationToken) is CommitResult.Committed committed) LogRolledBack(id, decision.Sentence, committed.Index);
    }

    private void Tell()
    {
        var isLong = _clock.For >= WorthTelling;
        if (isLong && !_told) LogLeaderless(_clock.For.TotalSeconds);
        if (_told && _clock.For == TimeSpan.Zero) LogLed();
        _told = isLong || (_told && _clock.For > TimeSpan.Zero);
    }

    [LoggerMessage(EventId = 340, Level = LogLevel.Error, Message = "No controller has led for {Seconds:0} s: no rollout goes on and no check is asked; start one")]
    private partial void LogLeaderless(double seconds);

    [LoggerMessage(EventId = 341, Level = LogLevel.Information, Message = "A controller leads, or the store cannot be read any more")]
    private partial void LogLed();

    [LoggerMessage(EventId = 342, Level = LogLevel.Error, Message = "{Rollout}: rollBack: {Sentence} (index {Index})")]
    private partial void LogRolledBack(RolloutId rollout, string sentence, ulong index);

    [LoggerMessage(EventId = 343, Level = LogLevel.Error, Message = "A look for the leader failed; the next one begins anew")]
    private partial void LogFailed(Exception failed);
}
