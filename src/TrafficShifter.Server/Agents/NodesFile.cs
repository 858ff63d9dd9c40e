using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Agents;

/// <summary>The registered nodes as an api last knew them, on its disk: an api that starts while the store is away can still reach the agents.</summary>
public sealed partial class NodesFile(ServerOptions options, ILogger<NodesFile> logger)
{
    private readonly string _path = Path.Combine(options.DataDirectory, "nodes.json");

    public IReadOnlyList<NodeRegistration> Read()
    {
        try
        {
            return File.Exists(_path) ? JsonSerializer.Deserialize<List<NodeRegistration>>(File.ReadAllText(_path), DocumentJson.Options) ?? [] : [];
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or JsonException)
        {
            LogUnusable(_path, broken.Message);
            return [];
        }
    }

    public void Write(IReadOnlyCollection<NodeRegistration> nodes)
    {
        try
        {
            FileWrites.Replace(_path, DocumentJson.Write(nodes));
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            LogUnusable(_path, failed.Message);
        }
    }

    [LoggerMessage(EventId = 230, Level = LogLevel.Error, Message = "{Path}: {Problem}; without it an api that starts while the store is away knows no node")]
    private partial void LogUnusable(string path, string problem);
}
