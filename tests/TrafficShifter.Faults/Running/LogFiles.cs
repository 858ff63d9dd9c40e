using TrafficShifter.Demo.Peers;
using TrafficShifter.Faults.Invariants;

namespace TrafficShifter.Faults.Running;

/// <summary>What our programs write, a file each, with a line where a round begins; and <c>operations.log</c>, what was asked.</summary>
internal sealed class LogFiles : IDisposable
{
    private readonly string _folder;
    private readonly List<(ServerProcess Server, TextWriter File)> _files = [];

    public LogFiles(string folder, IEnumerable<ServerProcess> servers)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        File.Delete(Operations);
        foreach (var server in servers)
        {
            var file = TextWriter.Synchronized(new StreamWriter(Path.Combine(folder, $"{server.Name}.log")) { AutoFlush = true });
            _files.Add((server, file));
            server.LineWritten += file.WriteLine;
        }
    }

    private string Operations => Path.Combine(_folder, "operations.log");

    public void Begin(string round)
    {
        foreach (var (_, file) in _files) file.WriteLine($"--- {round}");
    }

    public void End(RoundRecord round) =>
        File.AppendAllLines(Operations, [$"--- {round.Name}: fault at {round.Injected:HH:mm:ss.fff}, ended {round.Healed:HH:mm:ss.fff}, right {round.Back:HH:mm:ss.fff}",
            .. round.Operations.Select(o => $"{o.Sent:HH:mm:ss.fff} {o.Answered:HH:mm:ss.fff} {o.Actor} {o.App} {o.Reason} {o.Weights?.Green} {o.Outcome} {o.ModifyIndex}: {o.Answer}")]);

    public void Dispose()
    {
        foreach (var (server, file) in _files)
        {
            server.LineWritten -= file.WriteLine;
            file.Dispose();
        }
    }
}
