using System.Text.Json.Serialization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Ports;

/// <summary>One HAProxy process as the service drives it: read, write, read back.</summary>
/// <remarks>Every method throws <see cref="LoadBalancerException"/> when the process cannot be asked or its reply is not complete.</remarks>
public interface ILoadBalancer
{
    /// <summary>What people know it by, in sentences: <c>HAProxy /run/haproxy/admin.sock</c>.</summary>
    string Name { get; }

    /// <summary>Which process answers. A different one than last time has forgotten every weight that was set.</summary>
    Task<ProcessIdentity> GetProcessAsync(CancellationToken cancellationToken);

    /// <summary>Names of all backends that the process has.</summary>
    Task<IReadOnlyList<ProxyName>> ListBackendsAsync(CancellationToken cancellationToken);

    /// <summary>Reads the servers of these backends, and which process they belong to. A backend that does not exist is absent from the reading.</summary>
    Task<LoadBalancerReading> ReadAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken);

    /// <summary>What keeps users on a server of these backends at weight 0. A backend without such a thing, or that does not exist, is absent.</summary>
    /// <remarks>Costs two commands a backend. It follows from the configuration: the answer stands while the process is the same.</remarks>
    Task<IReadOnlyDictionary<ProxyName, Persistence>> FindPersistenceAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken);

    /// <summary>Sets weights in exactly this order and then reads their backends back, in one connection. Says which process took them, what it refused and what it has now.</summary>
    /// <param name="commands">Gone through once, and while the first of many are carried out: what makes them costs no time of its own.</param>
    Task<WeightsWritten> SetWeightsAsync(IEnumerable<SetServerWeight> commands, CancellationToken cancellationToken);

    /// <summary>Counts the sessions of these backends' servers. A backend that does not exist is absent from the reading.</summary>
    Task<SessionsReading> CountSessionsAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken);

    /// <summary>Counts the requests of these backends, and what was lost of the access log. A backend that does not exist is absent from the reading.</summary>
    Task<TrafficCounts> CountTrafficAsync(IReadOnlyCollection<ProxyName> backends, CancellationToken cancellationToken);

    /// <summary>Ends the live sessions of these servers: requests in flight get an error, WebSockets close. The servers go on taking traffic.</summary>
    Task<ServersTold> ShutDownSessionsAsync(IReadOnlyList<ServerName> servers, CancellationToken cancellationToken);

    /// <summary>Puts servers into maintenance, or makes them ready again. Live sessions go on.</summary>
    /// <remarks>Unlike weight 0 this also moves the users that the backend's own persistence keeps (unless it has <c>option persist</c>).</remarks>
    Task<ServersTold> SetMaintenanceAsync(IReadOnlyList<ServerName> servers, bool maintenance, CancellationToken cancellationToken);

    /// <summary>The maps of `map` routing; null when this node is not set up for it.</summary>
    ILoadBalancerMaps? Maps { get; }
}

/// <summary>The maps of one HAProxy process, and the files from which the next one will read them.</summary>
/// <remarks>One writer at a time. Every method throws <see cref="LoadBalancerException"/> when the process cannot be asked, refuses, or did not do what it said.</remarks>
public interface ILoadBalancerMaps
{
    /// <summary>Throws when the process does not use one of the maps, whatever is in them; cheap with any number of rows.</summary>
    Task CheckAsync(CancellationToken cancellationToken);

    /// <summary>All rows of one map that requests see now, and which process they belong to.</summary>
    Task<MapsReading> ReadAsync(MapFile file, CancellationToken cancellationToken);

    /// <summary>Makes one step and reads it back. Returns the process that took it.</summary>
    Task<ProcessIdentity> ApplyAsync(MapStep step, CancellationToken cancellationToken);

    /// <summary>Writes the files whose rows differ from those that were kept last; a start or reload begins with them.</summary>
    /// <param name="anew">Compares with what the files really hold, in case somebody else wrote them.</param>
    /// <exception cref="IOException">The disk is full or read-only. Each file is the old one or the new one, whole; one that cannot be written keeps none of the others.</exception>
    void Keep(MapImage image, bool anew);

    /// <summary>What the files hold now; a file that is not there, or a line that is no row, is nothing.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    MapImage Recall();
}

public sealed record MapsReading(ProcessIdentity Process, MapReading Map);

/// <summary>A HAProxy worker process. Two readings with equal identity came from the same process.</summary>
/// <param name="StartedAt">Unix time in seconds, HAProxy's <c>Start_time_sec</c>; null before HAProxy 2.4.</param>
/// <param name="Stopping">The worker of an old configuration that is finishing its connections: what it is told has no effect on new ones.</param>
public sealed record ProcessIdentity(int Pid, [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] long? StartedAt, string Version, bool Stopping);

public sealed record LoadBalancerReading(ProcessIdentity Process, IReadOnlyDictionary<ProxyName, IReadOnlyList<ServerReading>> Backends);

/// <summary>One server of a backend as HAProxy has it now.</summary>
/// <param name="Weight">0 to 256, what the Runtime API set last, else the configuration's.</param>
/// <param name="InitialWeight">0 to 256, the configuration's: its capacity beside its siblings of the same colour.</param>
public sealed record ServerReading(ProxyName Name, int Weight, int InitialWeight, ServerHealth Health)
{
    /// <summary>Where it is, as haproxy.cfg has it: <c>10.0.1.11:8080</c>; null when that is not known, or no address and port.</summary>
    public string? Address { get; init; }
}

/// <summary>Whether a server takes traffic.</summary>
public enum ServerHealth
{
    Up,
    Down,

    /// <summary>Taken out by a person: maintenance.</summary>
    Maintenance,

    /// <summary>Draining by a person's command: takes no new traffic, whatever its weight.</summary>
    Draining,
}

/// <param name="Weight">0 to 256.</param>
public sealed record SetServerWeight(ProxyName Backend, ProxyName Server, int Weight);

/// <param name="Refused">Commands that HAProxy refused, each with its own words. Empty when all were taken.</param>
/// <param name="After">The backends of the commands after the last of them, and the process that took them.</param>
public sealed record WeightsWritten(LoadBalancerReading After, IReadOnlyList<RefusedCommand> Refused);

public sealed record RefusedCommand(SetServerWeight Command, string Reply);

/// <summary>A HAProxy could not be asked. The message names the socket, the command and the reply.</summary>
public class LoadBalancerException(string message, Exception? inner = null) : Exception(message, inner);
