using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>Tells the store of the overrides that this agent was given while the store was away, and drops those that it has taken in.</summary>
public sealed partial class OverrideReporter(ITrafficStore store, AgentOverrides overrides, NodeAgents agents, TimeProvider time, ILogger<OverrideReporter> logger) : BackgroundService
{
    private static readonly TimeSpan Turn = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var given in overrides.Active) await ReportAsync(given, stoppingToken);
                overrides.KeepUnkept();
            }
            catch (StoreException)
            {
                // The store is still away; the override holds and is told of as soon as it is back.
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
            {
                LogKept(failed.Message);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failed)
            {
                LogFailed(failed);
            }
            await Task.Delay(Turn, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task ReportAsync(TrafficOverride given, CancellationToken cancellationToken)
    {
        if (agents.All.Count == 0) return;
        var node = agents.All[0].Node;
        var key = Keys.Override(node, given.Id);
        if (await store.FindAsync(key, cancellationToken) is not { } entry)
            await store.CommitAsync(ChangeSet.Empty.With(new Change.Put(key, DocumentJson.Write(given with { Node = node }), 0)), cancellationToken);
        else if (Reading.Of<TrafficOverride>(entry).Find() is { Recorded: true })
            TryForget(given);
    }

    /// <summary>A disk that does not take it holds up no other override.</summary>
    private void TryForget(TrafficOverride given)
    {
        try
        {
            agents.Forget(given);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            LogKept(failed.Message);
        }
    }

    [LoggerMessage(EventId = 241, Level = LogLevel.Error, Message = "A turn of reporting overrides failed; the next one begins anew")]
    private partial void LogFailed(Exception failed);

    [LoggerMessage(EventId = 240, Level = LogLevel.Error, Message = "An override that the store has taken in cannot be dropped from the disk: {Problem}")]
    private partial void LogKept(string problem);
}
