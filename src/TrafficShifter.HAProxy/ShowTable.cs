using TrafficShifter.Core.Apps;

namespace TrafficShifter.HAProxy;

/// <summary>The command <c>show table &lt;backend&gt; data.server_id</c>: whether the backend's stick-table remembers servers, as <c>stick on</c> makes it do.</summary>
/// <remarks>
/// A table that only counts, for a limit of requests, remembers none and keeps nobody. A table of another name (<c>stick on src table other</c>)
/// is not found: nothing on the socket says which backends use it.
/// </remarks>
public static class ShowTable
{
    /// <summary>Unfinished on purpose: HAProxy looks for the table and its type of data first, and then refuses without going through the entries, which may be a million.</summary>
    public static string Command(ProxyName backend) => $"show table {backend} data.server_id";

    /// <remarks>
    /// HAProxy 2.6.12: no table of this name; a table without servers; one with them:
    /// <code>
    /// No such table
    /// Filter entry #1: Data type not stored in this table
    /// Filter entry #1: Require and operator among "eq", "ne", "le", "ge", "lt", "gt"
    /// </code>
    /// </remarks>
    /// <exception cref="FormatException">It is none of the three.</exception>
    public static bool RemembersServers(string reply) => reply switch
    {
        _ when reply.Contains("No such table", StringComparison.Ordinal) => false,
        _ when reply.Contains("Data type not stored", StringComparison.Ordinal) => false,
        _ when reply.Contains("operator among", StringComparison.Ordinal) => true,
        _ => throw new FormatException("it says neither that there is such a table nor that there is none"),
    };
}
