using System.Text.Json;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Documents;

/// <summary>A document as it was found in the store. What people wrote by hand may not parse: that is a value, not an exception.</summary>
public abstract record Reading<T>(ulong ModifyIndex)
    where T : Document
{
    public sealed record Good(T Value, ulong ModifyIndex) : Reading<T>(ModifyIndex);

    /// <param name="Problem">What is wrong, as a sentence that names the key.</param>
    public sealed record Broken(string Problem, ulong ModifyIndex) : Reading<T>(ModifyIndex);

    /// <summary>The document, or null when it is broken.</summary>
    public T? Find() => this is Good good ? good.Value : null;
}

public static class Reading
{
    /// <summary>Parses and validates one entry. Never throws for what the entry holds.</summary>
    public static Reading<T> Of<T>(Entry entry)
        where T : Document
    {
        if (HalfCharacter.IsIn(entry.Value)) return Broken<T>(entry, HalfCharacter.Problem);
        try
        {
            var value = JsonSerializer.Deserialize<T>(entry.Value, DocumentJson.Options);
            if (value is null) return Broken<T>(entry, "it is null");
            return value.FindProblem() is { } problem ? Broken<T>(entry, problem) : new Reading<T>.Good(value, entry.ModifyIndex);
        }
        catch (JsonException broken)
        {
            return Broken<T>(entry, BrokenJson.Describe(broken));
        }
        catch (Exception odd) when (odd is NotSupportedException or InvalidOperationException or ArgumentException)
        {
            // What the parser has no better words for, such as a polymorphic value that does not say what it is.
            return Broken<T>(entry, "it is not what this version reads");
        }
    }

    private static Reading<T>.Broken Broken<T>(Entry entry, string problem)
        where T : Document => new($"{entry.Key} is not valid: {problem}", entry.ModifyIndex);
}
