using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Rollouts;

/// <summary>Keeps or seeks leadership, one turn a second, and gives it up when the process ends.</summary>
public sealed partial class LeaderWorker(ILeaderLease lease, TimeProvider time, ILogger<LeaderWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReleasePatience = TimeSpan.FromSeconds(2);
    private bool _complained;

    /// <summary>Name of the process that leads, as far as this one knows; null when nobody does.</summary>
    public string? Leader { get; private set; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var turn = await lease.TurnAsync(stoppingToken);
                if (turn is LeaseTurn.Leading { New: true }) LogLeading();
                Leader = turn is LeaseTurn.Standby standby ? standby.Leader : "this process";
                _complained = false;
            }
            catch (StoreException away)
            {
                if (!_complained) LogAway(away.Message);
                _complained = true;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
            catch (Exception failed)
            {
                LogFailed(failed);
            }
            await Task.Delay(Turn, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        await ReleaseAsync();
    }

    private async Task ReleaseAsync()
    {
        using var patience = new CancellationTokenSource(ReleasePatience);
        try
        {
            await lease.ReleaseAsync(patience.Token);
        }
        catch (Exception away) when (away is StoreException or OperationCanceledException)
        {
            LogAway(away.Message);
        }
    }

    [LoggerMessage(EventId = 302, Level = LogLevel.Error, Message = "A turn of leadership failed; the next one begins anew")]
    private partial void LogFailed(Exception failed);

    [LoggerMessage(EventId = 300, Level = LogLevel.Information, Message = "This process leads: it drives the rollouts")]
    private partial void LogLeading();

    [LoggerMessage(EventId = 301, Level = LogLevel.Warning, Message = "Leadership cannot be kept or sought: {Problem}")]
    private partial void LogAway(string problem);
}
