using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Claims;

/// <summary>Which application a host belongs to: <c>claims/host/&lt;host&gt;</c>, written in the transaction that writes the definition.</summary>
public sealed record HostClaim : Document
{
    public required AppName App { get; init; }
}
