using System.Globalization;
using System.Text.Json;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Demo.Stack;

/// <summary>
/// Where <c>./dev up</c> leaves what <c>./dev down</c> needs, <c>.run/</c> of the clone: <c>processes</c>, one line "PID START NAME" for each
/// process (START as in /proc: clock ticks since boot, so that a pid given to another program since is not mistaken), and <c>stack.json</c>
/// as soon as the stack is ready.
/// </summary>
public sealed class RunDirectory
{
    private readonly string _path;

    public RunDirectory(string path)
    {
        _path = path;
        Directory.CreateDirectory(_path);
        File.WriteAllText(Processes, "");
        File.Delete(Ready);
    }

    private string Processes => Path.Combine(_path, "processes");

    private string Ready => Path.Combine(_path, "stack.json");

    /// <summary>Notes a part's process, unless it is this one.</summary>
    public void Add(StackPart part)
    {
        if (part.Pid == Environment.ProcessId || FindStart(part.Pid) is not { } start) return;
        File.AppendAllText(Processes, string.Create(CultureInfo.InvariantCulture, $"{part.Pid} {start} {part.Name}\n"));
    }

    public void SetReady(StackAddresses addresses)
    {
        var draft = Ready + ".new";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        // It holds an admin token.
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (var file = new FileStream(draft, options)) JsonSerializer.Serialize(file, addresses, DocumentJson.Options);
        File.Move(draft, Ready, overwrite: true);
    }

    /// <summary>Everything was stopped: nothing is left for <c>./dev down</c>.</summary>
    public void Clear()
    {
        File.Delete(Ready);
        File.Delete(Processes);
    }

    /// <summary>When a process was started, in clock ticks since boot; null when there is none.</summary>
    internal static long? FindStart(int pid)
    {
        try
        {
            var line = File.ReadAllText($"/proc/{pid}/stat");
            // "1234 (name, maybe with spaces) S 1 …": the start is field 22, the state after the name field 3.
            return long.Parse(line[(line.LastIndexOf(')') + 2)..].Split(' ')[19], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
