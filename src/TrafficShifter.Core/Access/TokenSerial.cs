using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Access;

/// <summary><c>token-serial</c>: written with every token that is made, so that two are never made in the same moment.</summary>
public sealed record TokenSerial : Document
{
    /// <summary>Id of the token that was made last.</summary>
    public required string Last { get; init; }
}
