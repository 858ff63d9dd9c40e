using TrafficShifter.Core.Ports;

namespace TrafficShifter.HAProxy;

/// <summary>Commands about one server that are no weights. An empty reply is success, any other is the reason why not.</summary>
public static class ServerCommands
{
    /// <summary>Ends the sessions that are on the server now; it may have new ones at once.</summary>
    public static string ShutDownSessions(ServerName server) => $"shutdown sessions server {server}";

    public static string SetMaintenance(ServerName server, bool maintenance) => $"set server {server} state {(maintenance ? "maint" : "ready")}";
}
