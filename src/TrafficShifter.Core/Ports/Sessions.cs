using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Ports;

/// <summary>A server of a backend.</summary>
public sealed record ServerName(ProxyName Backend, ProxyName Server)
{
    public override string ToString() => $"{Backend}/{Server}";
}

/// <summary>The sessions of one server: requests in flight, and connections that became tunnels (WebSockets). An idle keep-alive connection of a client is none.</summary>
/// <param name="Live">How many there are now.</param>
/// <param name="Total">How many there were since the process started, the live ones included: one for each request.</param>
public sealed record ServerSessions(ProxyName Server, long Live, long Total);

public sealed record SessionsReading(ProcessIdentity Process, IReadOnlyDictionary<ProxyName, IReadOnlyList<ServerSessions>> Backends);

/// <param name="Refused">Servers for which HAProxy refused, each with its own words. Empty when all were taken.</param>
public sealed record ServersTold(ProcessIdentity Process, IReadOnlyList<RefusedServer> Refused);

public sealed record RefusedServer(ServerName Server, string Reply);
