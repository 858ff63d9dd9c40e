namespace TrafficShifter.Fuzzing.Engine;

/// <summary>One boundary: what the product does with bytes that somebody else made.</summary>
internal abstract class FuzzTarget : IDisposable
{
    /// <summary>How it is chosen, and the folder of its corpus.</summary>
    public abstract string Name { get; }

    /// <summary>Bytes that may be allocated for each byte of an input, above <see cref="FreeBytes"/>.</summary>
    public virtual int BytesPerByte => 64;

    /// <summary>Bytes that any input may cost: an exception with its stack, tables of a first call.</summary>
    public virtual int FreeBytes => 64 * 1024;

    /// <summary>Inputs are not made longer than this, in bytes, but for one in a thousand.</summary>
    public virtual int UsualBytes => 2048;

    /// <summary>The longest input, in bytes.</summary>
    public virtual int MaxBytes => 256 * 1024;

    /// <summary>Whether what other threads allocate meanwhile counts too, because the work is theirs.</summary>
    public virtual bool CountsAllThreads => false;

    /// <summary>Inputs of the short form, which is part of every test run.</summary>
    public virtual int ShortCases => 20_000;

    /// <summary>Words that mean something at this boundary.</summary>
    public virtual IReadOnlyList<string> Words => [];

    /// <summary>What the product makes of the input. Its own named refusals are returned as <see cref="Refusal"/>; every other exception is a violation.</summary>
    public abstract object? Read(byte[] input);

    /// <summary>What must be true of that.</summary>
    /// <exception cref="ViolationException">It is not.</exception>
    public virtual void Check(byte[] input, object? read)
    {
    }

    /// <summary>Whether the input was taken, and what the product said to it: its words, or the form of what it made of it.</summary>
    public virtual (bool IsAccepted, string Said) Describe(object? read) => read switch
    {
        Refusal { Why: var why } => (false, why),
        string text => (true, text),
        object?[] parts => (true, string.Join(' ', parts.Select(part => Describe(part).Said))),
        _ => (true, read?.GetType().Name ?? ""),
    };

    /// <summary>An input made from nothing; null when only the corpus knows how they look.</summary>
    public virtual byte[]? Make(Random random) => null;

    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Throws a violation unless it holds.</summary>
    protected static void Require(bool holds, string sentence)
    {
        if (!holds) throw new ViolationException(sentence);
    }
}

/// <summary>The product said no, in its own words.</summary>
internal sealed record Refusal(string Why);

/// <summary>Something that must hold at a boundary does not.</summary>
internal sealed class ViolationException(string message) : Exception(message);
