using System.Text;

namespace TrafficShifter.Faults.RuntimeApi;

/// <summary>What becomes of one connection's questions and answers. Bytes in, bytes out.</summary>
internal sealed class Unkindness(Manners manners, Random random)
{
    private static readonly string[] Others = ["show info", "show version", "show servers state", "show map", "show stat typed", "show errors"];
    private readonly StringBuilder _asked = new();
    private bool _isFirstQuestion = true;
    private bool _isFirstAnswer = true;
    private bool _isPayload;

    /// <summary>Nothing more is to be said: the connection is closed behind what was answered last.</summary>
    public bool IsOver { get; private set; }

    /// <summary>What HAProxy hears.</summary>
    public byte[] Ask(byte[] bytes)
    {
        if (manners is not (Manners.AnswersAnother or Manners.IsReadOnly)) return bytes;
        _asked.Append(Encoding.UTF8.GetString(bytes));
        var text = _asked.ToString();
        var complete = text.LastIndexOf('\n') + 1;
        _asked.Remove(0, complete);
        var lines = text[..complete].Split('\n')[..^1];
        return Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => manners == Manners.IsReadOnly ? Lower(line) : Exchange(line))));
    }

    /// <summary>What who asked hears.</summary>
    public byte[] Answer(byte[] bytes)
    {
        var isFirst = _isFirstAnswer;
        _isFirstAnswer = false;
        switch (manners)
        {
            // What lowers the level is a command more, whose answer is an empty line.
            case Manners.IsReadOnly when isFirst:
                return bytes[1..];
            case Manners.AnswersGarbage:
                return [.. bytes.Select(Scramble)];
            // The first answer may be the prompt's.
            case Manners.AnswersHalf when !bytes.AsSpan().SequenceEqual("\n> "u8):
                IsOver = true;
                return bytes[..(bytes.Length / 2)];
            default:
                return bytes;
        }
    }

    private string Lower(string line)
    {
        var lowered = _isFirstQuestion ? $"user;{line}\n" : line + '\n';
        _isFirstQuestion = false;
        return lowered;
    }

    /// <summary>A command with a payload is the only one of its connection: another one in its place needs none.</summary>
    private string Exchange(string line)
    {
        if (_isPayload) return "";
        if (line == "prompt") return "prompt\n";
        _isPayload = line.EndsWith("<<", StringComparison.Ordinal);
        return Others[random.Next(Others.Length)] + '\n';
    }

    private byte Scramble(byte b) => (char)b switch
    {
        >= '0' and <= '9' => (byte)('0' + random.Next(10)),
        (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') => (byte)('a' + random.Next(26)),
        _ => b,
    };
}
