using System.Globalization;
using System.Text.Json.Serialization;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Rollouts;

/// <summary>How one attempt to ask a hook ended.</summary>
/// <param name="At">When the answer was there.</param>
/// <param name="Took">How long it took.</param>
/// <param name="Sentence">Who answered what: <c>ci.example.com answered 204 in 120ms</c>.</param>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "outcome")]
[JsonDerivedType(typeof(Passed), "passed")]
[JsonDerivedType(typeof(Failed), "failed")]
[JsonDerivedType(typeof(Error), "error")]
public abstract record HookOutcome(DateTimeOffset At, TimeSpan Took, string Sentence)
{
    /// <summary>It said 2xx.</summary>
    public sealed record Passed(DateTimeOffset At, TimeSpan Took, string Sentence) : HookOutcome(At, Took, Sentence);

    /// <summary>It said something else.</summary>
    public sealed record Failed(DateTimeOffset At, TimeSpan Took, string Sentence) : HookOutcome(At, Took, Sentence);

    /// <summary>It said nothing: it is away or late, or may not be called.</summary>
    public sealed record Error(DateTimeOffset At, TimeSpan Took, string Sentence) : HookOutcome(At, Took, Sentence);

    /// <param name="host">Who answered.</param>
    public static HookOutcome OfStatus(int status, string host, TimeSpan took, DateTimeOffset at)
    {
        var sentence = string.Create(CultureInfo.InvariantCulture, $"{host} answered {status} in {Duration.Format(took)}{(status is >= 300 and <= 399 ? "; redirects are not followed" : "")}");
        return status is >= 200 and <= 299 ? new Passed(at, took, sentence) : new Failed(at, took, sentence);
    }
}

/// <summary>An attempt that is to be made.</summary>
/// <param name="Step">Index of the step that the hook belongs to.</param>
/// <param name="Attempt">From 1. The same number again is the same attempt again, after a crash.</param>
/// <param name="Delivery">The one id of this hook at this point, whoever asks and however often.</param>
public sealed record HookCall(Hook Hook, int Step, int Attempt, string Delivery);

/// <summary>What came of an attempt.</summary>
public sealed record HookAnswer(HookCall Call, HookOutcome Outcome);
