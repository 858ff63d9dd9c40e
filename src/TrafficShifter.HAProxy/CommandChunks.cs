using System.Text;

namespace TrafficShifter.HAProxy;

/// <summary>Parts commands into chunks that are sent at once, of at most 15,000 bytes: HAProxy's buffer holds 16,384, and a longer line is never answered.</summary>
internal static class CommandChunks
{
    public const int MaxBytes = 15_000;

    /// <exception cref="ArgumentException">A command is empty, too long, or would be read as two: HAProxy answers those with its help text, or not at all.</exception>
    public static IEnumerable<IReadOnlyList<string>> Split(IReadOnlyList<string> commands)
    {
        foreach (var command in commands) Validate(command);
        return Chunk(commands);
    }

    /// <summary>The same for commands that are made one by one: each is looked at when its turn comes.</summary>
    public static IEnumerable<IReadOnlyList<string>> SplitAsMade(IEnumerable<string> commands) => Chunk(commands.Select(command =>
    {
        Validate(command);
        return command;
    }));

    /// <exception cref="ArgumentException">The command has no payload, or one that HAProxy would cut or drop.</exception>
    public static void ValidatePayload(string command)
    {
        var end = command.IndexOf('\n', StringComparison.Ordinal);
        if (end < 0 || !command.AsSpan(0, end).EndsWith(" <<")) throw new ArgumentException("a command with a payload ends its first line with \" <<\"", nameof(command));
        if (command.AsSpan(0, end).ContainsAny(';', '\r', '\0')) throw new ArgumentException("a command with a payload is one command", nameof(command));
        // An empty line ends the payload: what follows would be read as commands.
        if (!command.EndsWith('\n') || command.Contains("\n\n", StringComparison.Ordinal) || command.Contains('\r', StringComparison.Ordinal) || end == command.Length - 1)
            throw new ArgumentException("a payload is made of lines that are not empty", nameof(command));
        if (Encoding.UTF8.GetByteCount(command) > MaxBytes) throw new ArgumentException($"a payload with its command has at most {MaxBytes} bytes", nameof(command));
    }

    private static IEnumerable<IReadOnlyList<string>> Chunk(IEnumerable<string> commands)
    {
        var (chunk, bytes) = (new List<string>(), 0);
        foreach (var command in commands)
        {
            var length = Encoding.UTF8.GetByteCount(command) + 1;
            if (bytes + length > MaxBytes)
            {
                yield return chunk;
                (chunk, bytes) = ([], 0);
            }
            chunk.Add(command);
            bytes += length;
        }
        if (chunk.Count > 0) yield return chunk;
    }

    private static void Validate(string command)
    {
        if (string.IsNullOrWhiteSpace(command)) throw new ArgumentException("a Runtime API command is not empty", nameof(command));
        if (command.AsSpan().ContainsAny(';', '\n', '\r') || command.Contains('\0', StringComparison.Ordinal) || command.Contains("<<", StringComparison.Ordinal))
            throw new ArgumentException($"a Runtime API command holds no ';', newline, NUL or payload: \"{command}\"", nameof(command));
        if (command.Trim() is "prompt" or "quit") throw new ArgumentException($"\"{command}\" ends the connection before the other replies", nameof(command));
        if (Encoding.UTF8.GetByteCount(command) >= MaxBytes) throw new ArgumentException($"a Runtime API command has fewer than {MaxBytes} bytes", nameof(command));
    }
}
