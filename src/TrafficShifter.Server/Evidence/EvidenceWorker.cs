using System.Buffers;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Traffic;

namespace TrafficShifter.Server.Evidence;

/// <summary>The evidence of the nodes of this process: takes their access logs, and holds them against what HAProxy itself counted.</summary>
public sealed partial class EvidenceWorker : BackgroundService
{
    private static readonly TimeSpan TurnInterval = TimeSpan.FromSeconds(1);
    private readonly List<EvidenceOfNode> _nodes = [];
    private readonly TrafficFollower _follower;
    private readonly TimeProvider _time;
    private readonly ILogger<EvidenceWorker> _logger;

    public EvidenceWorker(AgentOptions options, ServerOptions server, LoadBalancerFactory haproxies, TrafficFollower follower, TimeProvider time, ILoggerFactory loggers)
    {
        (_follower, _time, _logger) = (follower, time, loggers.CreateLogger<EvidenceWorker>());
        foreach (var node in options.Nodes)
        {
            if (!LogAddress.TryParse(node.AccessLog, out var address)) continue;
            var file = OpenFile(Path.Combine(server.DataDirectory, $"evidence-{node.Name}.counters"));
            var evidence = new NodeEvidence(node.Name, file?.Memory ?? new long[EvidenceLayout.Length], file?.IsNew ?? true, time);
            _nodes.Add(new EvidenceOfNode(evidence, new LogReceiver(evidence, address, time, loggers.CreateLogger<LogReceiver>()), new EvidenceWatch(evidence, haproxies(node)), file));
        }
    }

    /// <summary>What is known of a node's evidence; null when its access log is not taken.</summary>
    public Core.Traffic.EvidenceStatus? Find(string node) => _nodes.Find(n => n.Evidence.Node == node)?.Status;

    /// <summary>The series of the applications with a rollout, and how far the evidence of each node can be relied on.</summary>
    public void WriteActive(IBufferWriter<byte> output)
    {
        foreach (var node in _nodes)
            node.Evidence.Read(reading =>
            {
                EvidenceWriter.WriteNode(output, reading, node.Status.Receiving);
                EvidenceWriter.WriteActive(output, reading);
            });
    }

    /// <summary>The few series of every application.</summary>
    public void WriteCoarse(IBufferWriter<byte> output)
    {
        foreach (var node in _nodes) node.Evidence.Read(reading => EvidenceWriter.WriteCoarse(output, reading));
    }

    public override void Dispose()
    {
        base.Dispose();
        foreach (var node in _nodes) node.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (_nodes.Count == 0) return Task.CompletedTask;
        _follower.Subscribe((snapshot, changed) => _nodes.ForEach(n => n.Evidence.Follow(snapshot, changed)));
        return Task.WhenAll(_nodes.SelectMany(n => new[] { Task.Run(() => n.Receiver.RunAsync(stoppingToken), stoppingToken), Task.Run(() => WatchAsync(n, stoppingToken), stoppingToken) }));
    }

    private async Task WatchAsync(EvidenceOfNode node, CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TurnInterval, _time);
        while (!stoppingToken.IsCancellationRequested)
            try
            {
                while (await timer.WaitForNextTickAsync(stoppingToken))
                {
                    var lost = node.Evidence.Lost;
                    await node.Watch.TurnAsync(stoppingToken);
                    if (node.Evidence.Lost - lost is > 0 and var more) LogLost(node.Evidence.Node, more);
                }
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception failed)
            {
                LogFailed(failed, node.Evidence.Node);
            }
    }

    /// <summary>Null when the disk does not take it: what is counted is then forgotten with the process, and the traffic is driven all the same.</summary>
    private EvidenceFile? OpenFile(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
            return EvidenceFile.Open(path);
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException)
        {
            LogUnkept(path, broken.Message);
            return null;
        }
    }

    [LoggerMessage(EventId = 235, Level = LogLevel.Error, Message = "{Path} cannot be used ({Problem}): what is counted from the access log would be forgotten with this process")]
    private partial void LogUnkept(string path, string problem);

    [LoggerMessage(EventId = 233, Level = LogLevel.Warning, Message = "{Node}: {Records} records of the access log were lost; the evidence of these moments is not whole")]
    private partial void LogLost(string node, long records);

    [LoggerMessage(EventId = 234, Level = LogLevel.Error, Message = "{Node}: a turn of the evidence failed; the next one begins anew")]
    private partial void LogFailed(Exception failed, string node);

    private sealed record EvidenceOfNode(NodeEvidence Evidence, LogReceiver Receiver, EvidenceWatch Watch, EvidenceFile? File) : IDisposable
    {
        public Core.Traffic.EvidenceStatus Status
        {
            get
            {
                var problem = Evidence.Problem ?? Receiver.Problem ?? Watch.Problem ?? (Evidence.IsSettling ? "HAProxy connected a moment ago; what was lost before is not known yet" : null);
                return new Core.Traffic.EvidenceStatus { Receiving = problem is null, Lost = Evidence.Lost, Problem = problem };
            }
        }

        public void Dispose() => (File as IDisposable)?.Dispose();
    }
}
