using System.Globalization;
using System.Text;

namespace TrafficShifter.Cli.Hosting;

/// <summary>Where a command reads and writes: the process's own streams, or a test's.</summary>
/// <remarks>Data goes to <see cref="Out"/>; progress, questions, warnings and errors go to <see cref="Error"/>.</remarks>
internal sealed record Terminal
{
    public required TextReader In { get; init; }

    public required TextWriter Out { get; init; }

    public required TextWriter Error { get; init; }

    /// <summary>Somebody can answer a question.</summary>
    public bool InIsTerminal { get; init; }

    /// <summary>Somebody looks at what is written: it may have colours and be drawn again.</summary>
    public bool OutIsTerminal { get; init; }

    public bool ErrorIsTerminal { get; init; }

    /// <summary>Columns; null: nothing is cut.</summary>
    public int? Width { get; init; }

    /// <summary>An environment variable; null when it is not set, or empty.</summary>
    public required Func<string, string?> Variable { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The user's home directory.</summary>
    public required string Home { get; init; }

    /// <summary>Reads a line that nobody shall see over a shoulder; null: as any other line.</summary>
    public Func<string?>? Hidden { get; init; }

    public string? ReadHidden() => Hidden is null ? In.ReadLine() : Hidden();

    public static Terminal OfProcess()
    {
        // A byte order mark at the beginning of a pipe would be in the way of whoever reads it.
        var encoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return new Terminal
        {
            In = new LazyReader(() => Console.In),
            Out = new StreamWriter(Console.OpenStandardOutput(), encoding) { AutoFlush = true },
            Error = new StreamWriter(Console.OpenStandardError(), encoding) { AutoFlush = true },
            InIsTerminal = !Console.IsInputRedirected,
            OutIsTerminal = !Console.IsOutputRedirected,
            ErrorIsTerminal = !Console.IsErrorRedirected,
            Width = FindWidth(),
            Variable = name => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null,
            Hidden = Console.IsInputRedirected ? null : ReadWithoutEcho,
            Home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile),
        };
    }

    private static string? ReadWithoutEcho()
    {
        var line = new StringBuilder();
        while (Console.ReadKey(intercept: true) is var key && key.Key != ConsoleKey.Enter)
        {
            if (key.Key == ConsoleKey.Backspace) line.Length = Math.Max(0, line.Length - 1);
            else if (!char.IsControl(key.KeyChar)) line.Append(key.KeyChar);
        }
        Console.Error.WriteLine();
        return line.ToString();
    }

    private static int? FindWidth()
    {
        if (Console.IsOutputRedirected) return null;
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : null;
        }
        catch (IOException)
        {
            return int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out var columns) ? columns : null;
        }
    }

    /// <summary>Opens the input when it is read: most commands never do.</summary>
    private sealed class LazyReader(Func<TextReader> open) : TextReader
    {
        private readonly Lazy<TextReader> _reader = new(open);

        public override int Peek() => _reader.Value.Peek();

        public override int Read() => _reader.Value.Read();

        public override string? ReadLine() => _reader.Value.ReadLine();

        public override string ReadToEnd() => _reader.Value.ReadToEnd();
    }
}
