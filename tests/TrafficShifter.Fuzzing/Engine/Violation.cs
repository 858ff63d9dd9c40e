namespace TrafficShifter.Fuzzing.Engine;

/// <summary>An input that the product did not take as it must.</summary>
/// <param name="Kind">What is the same of two inputs that break the same thing.</param>
internal sealed record Violation(string Target, string Kind, string Sentence, byte[] Input);

/// <summary>What came of one target.</summary>
/// <param name="Classes">Different things that the product said.</param>
internal sealed record Tally(string Target, long Cases, long Accepted, long Rejected, int Classes, TimeSpan Slowest, long MostBytes, IReadOnlyList<Violation> Violations);
