using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Claims;

/// <summary>Whether an application can have the hosts and servers that its definition names.</summary>
public abstract record ClaimOutcome
{
    private ClaimOutcome() { }

    /// <summary>It can, if <paramref name="Changes"/> are written with the definition.</summary>
    public sealed record Granted(IReadOnlyList<Change> Changes) : ClaimOutcome;

    /// <param name="By">The definition that has it.</param>
    public sealed record Taken(AppDefinition By, string Sentence) : ClaimOutcome;

    /// <summary>More than one transaction holds.</summary>
    public sealed record TooMany(string Sentence) : ClaimOutcome;
}
