using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>The agents of the nodes that this process drives, and their last desired state on disk.</summary>
/// <remarks>The disk is read first, so that a node is right before the store has been heard of.</remarks>
public sealed partial class NodeAgents(
    IReadOnlyList<NodeAgent> agents, TrafficFollower follower, ServerOptions options, TimeProvider time, ILogger<NodeAgents> logger) : BackgroundService
{
    private static readonly TimeSpan WriteInterval = TimeSpan.FromMilliseconds(200);
    private readonly DesiredFile _file = new(Path.Combine(options.DataDirectory, "desired.json"));
    private readonly DesiredInbox _toKeep = new();

    public IReadOnlyList<NodeAgent> All => agents;

    public NodeAgent? Find(string node) => agents.FirstOrDefault(a => a.Node == node);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (agents.Count == 0) return;
        if (ReadFile() is { } kept) follower.Begin(kept);
        foreach (var agent in agents) follower.Subscribe(agent.Offer);
        follower.Subscribe(_toKeep.Offer);
        await Task.WhenAll([KeepAsync(stoppingToken), .. agents.Select(a => Task.Run(() => a.RunAsync(stoppingToken), stoppingToken))]);
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

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await _toKeep.WaitAsync(TimeSpan.FromSeconds(5), time, cancellationToken);
            if (_toKeep.IsEmpty) continue;
            var (snapshot, _) = _toKeep.Take();
            try
            {
                if (snapshot.Index > 0) _file.Write(snapshot);
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
            {
                LogUnwritable(_file.Path, failed.Message);
            }
            await Task.Delay(WriteInterval, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    [LoggerMessage(EventId = 210, Level = LogLevel.Error, Message = "{Path} cannot be read ({Problem}): until the store answers, weights are left as they are")]
    private partial void LogUnreadable(string path, string problem);

    [LoggerMessage(EventId = 211, Level = LogLevel.Error, Message = "{Path} cannot be written ({Problem}): after a restart without the store, the agent would follow an older state")]
    private partial void LogUnwritable(string path, string problem);
}
