using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Faults.Running;

/// <summary>What our programs write, a file each, with a line where a round begins.</summary>
internal sealed class LogFiles : IDisposable
{
    private readonly List<(ServerProcess Server, TextWriter File)> _files = [];

    public LogFiles(string folder, IEnumerable<ServerProcess> servers)
    {
        Directory.CreateDirectory(folder);
        foreach (var server in servers)
        {
            var file = TextWriter.Synchronized(new StreamWriter(Path.Combine(folder, $"{server.Name}.log")) { AutoFlush = true });
            _files.Add((server, file));
            server.LineWritten += file.WriteLine;
        }
    }

    public void Begin(string round)
    {
        foreach (var (_, file) in _files) file.WriteLine($"--- {round}");
    }

    public void Dispose()
    {
        foreach (var (server, file) in _files)
        {
            server.LineWritten -= file.WriteLine;
            file.Dispose();
        }
    }
}
