namespace TrafficShifter.Core.Ports;

/// <summary>What in HAProxy's own configuration keeps users on the server of a backend that served them first, at weight 0 too: at least one of the two.</summary>
/// <param name="Cookie">Name of the cookie that tells the server; null when none does.</param>
/// <param name="StickTable">The backend's stick-table remembers servers.</param>
public sealed record Persistence(string? Cookie = null, bool StickTable = false)
{
    /// <summary>As sentences have it: <c>cookie "SRV"</c>.</summary>
    public override string ToString() => (Cookie, StickTable) switch
    {
        ({ } cookie, true) => $"cookie \"{cookie}\" and a stick-table that remembers servers",
        ({ } cookie, false) => $"cookie \"{cookie}\"",
        _ => "a stick-table that remembers servers",
    };
}
