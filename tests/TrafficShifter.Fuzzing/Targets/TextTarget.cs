using System.Text;
using TrafficShifter.Fuzzing.Engine;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>A boundary that takes text.</summary>
internal abstract class TextTarget : FuzzTarget
{
    public sealed override object? Read(byte[] input) => Read(Encoding.UTF8.GetString(input));

    public sealed override void Check(byte[] input, object? read) => Check(Encoding.UTF8.GetString(input), read);

    protected abstract object? Read(string input);

    protected virtual void Check(string input, object? read)
    {
    }

    /// <summary>What a parser reads, or its refusal by the exceptions that its caller answers for.</summary>
    protected static object? Refusable<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception named) when (named is FormatException or OverflowException)
        {
            return new Refusal(named.Message);
        }
    }

    /// <summary>What several readers make of one text; a refusal when all of them refuse it.</summary>
    protected static object? AllOf(params object?[] parts) => Array.TrueForAll(parts, p => p is Refusal) ? parts[0] : parts;

    protected static string Pick(Random random, params IReadOnlyList<string> words) => words[random.Next(words.Count)];
}
