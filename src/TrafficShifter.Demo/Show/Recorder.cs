using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Spectre.Console;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Demo.Show;

/// <summary>Keeps what a bench prints, and writes it into a document between its markers, with the machine and the day: the document holds nothing that no command printed.</summary>
/// <remarks><c>--record</c>. The markers are <c>&lt;!-- propagation --&gt;</c> and <c>&lt;!-- /propagation --&gt;</c>, each on a line of its own.</remarks>
public sealed class Recorder : TextWriter
{
    private const int Width = 150;
    private readonly TextWriter _shown = Console.Out;
    private readonly StringBuilder _kept = new();

    private Recorder()
    {
    }

    public override Encoding Encoding => _shown.Encoding;

    /// <summary>From here on, what is written to the console is kept too.</summary>
    public static Recorder Begin()
    {
        var recorder = new Recorder();
        Console.SetOut(recorder);
        AnsiConsole.Profile.Out = new AnsiConsoleOutput(recorder);
        AnsiConsole.Profile.Width = Width;
        AnsiConsole.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
        AnsiConsole.Profile.Capabilities.Ansi = false;
        return recorder;
    }

    public override void Write(char value)
    {
        _shown.Write(value);
        _kept.Append(value);
    }

    public override void Write(string? value)
    {
        _shown.Write(value);
        _kept.Append(value);
    }

    public override void Flush() => _shown.Flush();

    /// <summary>Writes what was kept into <paramref name="document"/>, a path below the repository's root.</summary>
    /// <exception cref="PeerException">The document does not have both markers.</exception>
    public async Task WriteAsync(string document, string name, string command, CancellationToken cancellationToken)
    {
        var path = Path.Combine(PeerLocator.RepositoryRoot, document);
        var text = await File.ReadAllTextAsync(path, cancellationToken);
        await File.WriteAllTextAsync(path, Insert(text, document, name, $"{Machine()}: `{command}`", _kept.ToString()), cancellationToken);
        await Console.Error.WriteLineAsync($"recorded in {document}");
    }

    /// <summary>The document with <paramref name="printed"/> between the markers of <paramref name="name"/>; the last line, JSON, apart.</summary>
    /// <exception cref="PeerException">The document does not have both markers.</exception>
    public static string Insert(string text, string document, string name, string how, string printed)
    {
        var markers = new Regex($"^<!-- {Regex.Escape(name)} -->\n.*?^<!-- /{Regex.Escape(name)} -->$", RegexOptions.Singleline | RegexOptions.Multiline);
        if (!markers.IsMatch(text)) throw new PeerException($"{document} has no lines \"<!-- {name} -->\" and \"<!-- /{name} -->\": there is no place for what was measured");
        var lines = printed.Split('\n').Select(line => line.TrimEnd()).ToList();
        var last = lines.FindLastIndex(line => line.Length > 0);
        var table = string.Join('\n', lines.Take(last)).Trim('\n');
        return markers.Replace(text, _ => $"<!-- {name} -->\n{how}\n\n```text\n{table}\n```\n\n```json\n{lines[last]}\n```\n<!-- /{name} -->", 1);
    }

    private static string Machine()
    {
        var processor = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? "unknown processor";
        var gibibytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30);
        return string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores ({processor}), {gibibytes:0} GiB, .NET {Environment.Version}");
    }
}
