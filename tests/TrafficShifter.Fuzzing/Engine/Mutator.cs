using System.Text;

namespace TrafficShifter.Fuzzing.Engine;

/// <summary>Makes inputs out of other inputs: by bytes, by characters, by lines and by the parts of a JSON text.</summary>
internal sealed class Mutator(FuzzTarget target, Random random)
{
    private const int Deep = 20_000;

    private static readonly string[] Evil =
    [
        "\0", "\r\n", "\n", "\r", ";", " ; ", "\n\n", "<<\n", "\\", "\"", "'", "`", "#", "|", "/", "../", "..", ".", ",", ":", "=", " ", "\t", "{{", "}}", "{{app}}", "$(", "${", "%0a", "%00", "%2f",
        "\\u0000", "\\ud800", "\\udc00", "\\u2028", "\\\"", "\u00a0", "\u202e", "\u200b", "\ufeff", "а", "ｓｅｔ", "İ", "ß", "🦆", "\ufffd",
        "0", "-0", "-1", "+1", "1e999", "-1e999", "1e-999", "NaN", "Infinity", "+Inf", "0x10", "00", "2147483647", "2147483648", "-2147483649", "4294967296", "9223372036854775807",
        "9223372036854775808", "18446744073709551615", "18446744073709551616", "99999999999999999999999999999999", "0.1", "1.", ".5", "1_000",
        "null", "true", "false", "[]", "{}", "[null]", "[[]]", "\"\"", "\"\\ud800\"", "{\"\\ud800\":1}", "{\"a\":1,\"a\":2}", "\"$type\":\"x\"", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z",
        "99999d", "365d", "0s", "1h30m", "100%", "0%", "100.01%", "!", "&a", "*a", "!!binary", "---\n", "...\n", "- - - -", "? ", "> ", "\n> ",
    ];

    public byte[] Mutate(IReadOnlyList<byte[]> pool)
    {
        var input = pool[random.Next(pool.Count)];
        for (var times = 1 + random.Next(4); times > 0; times--) input = Once(input, pool);
        var most = random.Next(1000) == 0 ? target.MaxBytes : Math.Min(target.UsualBytes, target.MaxBytes);
        return input.Length <= most ? input : input[..most];
    }

    private byte[] Once(byte[] input, IReadOnlyList<byte[]> pool) => random.Next(16) switch
    {
        0 => Flip(input),
        1 => Replace(input, At(input), 1, [(byte)random.Next(256)]),
        2 or 3 => Replace(input, At(input), random.Next(3) == 0 ? random.Next(8) : 0, Word()),
        4 => Replace(input, At(input), random.Next(1 + Math.Min(64, input.Length)), []),
        5 => input[..At(input)],
        6 => Repeat(input),
        7 => Splice(input, pool[random.Next(pool.Count)]),
        8 => Part(input, '\n'),
        9 => Part(input, random.Next(2) == 0 ? ' ' : ','),
        10 => Number(input),
        11 or 12 or 13 => Value(input, pool[random.Next(pool.Count)]),
        14 => random.Next(200) == 0 ? Nest(input) : Replace(input, At(input), 0, Word()),
        _ => Replace(input, At(input), 0, [.. Enumerable.Repeat((byte)random.Next(256), random.Next(1, 40))]),
    };

    private int At(byte[] input) => random.Next(input.Length + 1);

    private byte[] Word() => Encoding.UTF8.GetBytes(target.Words.Count > 0 && random.Next(2) == 0 ? target.Words[random.Next(target.Words.Count)] : Evil[random.Next(Evil.Length)]);

    private byte[] Flip(byte[] input)
    {
        if (input.Length == 0) return Word();
        var flipped = (byte[])input.Clone();
        flipped[random.Next(flipped.Length)] ^= (byte)(1 << random.Next(8));
        return flipped;
    }

    private static byte[] Replace(byte[] input, int at, int length, byte[] with) =>
        [.. input.AsSpan(0, at), .. with, .. input.AsSpan(Math.Min(input.Length, at + length))];

    private byte[] Repeat(byte[] input)
    {
        var (from, to) = Range(input);
        var most = Math.Max(1, target.MaxBytes / Math.Max(1, to - from));
        var times = random.Next(100) == 0 ? random.Next(1, Math.Min(most, 5_000)) : random.Next(1, Math.Min(most, 4) + 1);
        return Replace(input, to, 0, [.. Enumerable.Repeat(input[from..to], times).SelectMany(part => part)]);
    }

    private byte[] Splice(byte[] input, byte[] other) => [.. input.AsSpan(0, At(input)), .. other.AsSpan(At(other))];

    /// <summary>Doubles, drops or exchanges one of the parts between separators.</summary>
    private byte[] Part(byte[] input, char separator)
    {
        var ends = new List<int> { -1 };
        for (var i = 0; i < input.Length; i++)
            if (input[i] == separator) ends.Add(i);
        ends.Add(input.Length);
        var (one, two) = (random.Next(ends.Count - 1), random.Next(ends.Count - 1));
        var (from, to) = (ends[one] + 1, ends[one + 1]);
        return random.Next(3) switch
        {
            0 => Replace(input, to, 0, [(byte)separator, .. input.AsSpan(from, to - from)]),
            1 => Replace(input, from, to - from + 1, []),
            _ => Replace(input, from, to - from, input[(ends[two] + 1)..ends[two + 1]]),
        };
    }

    /// <summary>Puts another number where one is.</summary>
    private byte[] Number(byte[] input)
    {
        var from = At(input);
        while (from < input.Length && !char.IsAsciiDigit((char)input[from])) from++;
        var to = from;
        while (to < input.Length && char.IsAsciiDigit((char)input[to])) to++;
        var number = random.Next(3) switch { 0 => random.NextInt64().ToString(null, null), 1 => random.Next(-1, 300).ToString(null, null), _ => Encoding.UTF8.GetString(Word()) };
        return Replace(input, from, to - from, Encoding.UTF8.GetBytes(number));
    }

    /// <summary>Puts a value of a JSON text where another is: a word, or a value out of another input.</summary>
    private byte[] Value(byte[] input, byte[] other)
    {
        var (from, to) = FindValue(input);
        if (from < 0) return Replace(input, At(input), 0, Word());
        var (otherFrom, otherTo) = FindValue(other);
        return Replace(input, from, to - from, otherFrom < 0 || random.Next(2) == 0 ? Word() : other[otherFrom..otherTo]);
    }

    /// <summary>A value behind a colon, an opening bracket or a comma, as far as its brackets and quotes tell; -1 without one.</summary>
    private (int From, int To) FindValue(byte[] input)
    {
        var from = At(input);
        while (from < input.Length && input[from] is not ((byte)':' or (byte)'[' or (byte)',')) from++;
        if (from++ >= input.Length - 1) return (-1, -1);
        var (to, depth, quoted) = (from, 0, false);
        for (; to < input.Length; to++)
        {
            var c = input[to];
            if (quoted && c == '\\') to++;
            else if (c == '"') quoted = !quoted;
            else if (quoted) continue;
            else if (c is (byte)'{' or (byte)'[') depth++;
            else if (c is (byte)'}' or (byte)']' && --depth < 0) break;
            else if (c == ',' && depth == 0) break;
        }
        return (from, Math.Min(to, input.Length));
    }

    private byte[] Nest(byte[] input)
    {
        var (open, close) = random.Next(3) switch { 0 => ("[", "]"), 1 => ("{\"a\":", "}"), _ => ("(", ")") };
        var depth = random.Next(2) == 0 ? random.Next(1, 130) : Math.Min(Deep, target.MaxBytes / open.Length / 2);
        var at = At(input);
        return Replace(input, at, 0, Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(open, depth)) + (random.Next(2) == 0 ? string.Concat(Enumerable.Repeat(close, depth)) : "")));
    }

    private (int From, int To) Range(byte[] input)
    {
        var (a, b) = (At(input), At(input));
        return (Math.Min(a, b), Math.Min(Math.Max(a, b), Math.Min(a, b) + 256));
    }
}
