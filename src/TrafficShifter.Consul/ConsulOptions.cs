using System.ComponentModel.DataAnnotations;

namespace TrafficShifter.Consul;

/// <summary>How to reach Consul, and which keys of it are this installation's.</summary>
public sealed record ConsulOptions
{
    /// <summary>Address of the HTTP API, <c>http://127.0.0.1:8500</c>. Best the agent on the same host: it finds the servers, and keeps doing so.</summary>
    [Required]
    public required Uri Address { get; init; }

    /// <summary>ACL token, sent as <c>X-Consul-Token</c>; null for a Consul without ACLs. Needs <c>key_prefix</c> write on <see cref="Prefix"/> and <c>session_prefix</c> write.</summary>
    public string? Token { get; init; }

    /// <summary>Datacentre, sent as <c>dc</c> on every call; null for the agent's own.</summary>
    [RegularExpression("[A-Za-z0-9_-]{1,64}", ErrorMessage = "Datacenter is 1 to 64 of A-Z, a-z, 0-9, '_' and '-'.")]
    public string? Datacenter { get; init; }

    /// <summary>What every key of this installation begins with. Ends with '/'; default <c>traffic-shifter/</c>.</summary>
    [RegularExpression(@"([A-Za-z0-9_-][A-Za-z0-9_.-]*/)+", ErrorMessage = "Prefix is one or more names that each end with '/', like traffic-shifter/.")]
    public string Prefix { get; init; } = "traffic-shifter/";

    /// <summary>Longest time Consul may hold a blocking query open. 1 s to 10 min; default 60 s.</summary>
    /// <remarks>Consul adds up to wait/16 of jitter, so the HTTP time-out of a blocking query is wait + wait/16 + <see cref="RequestTimeout"/>.</remarks>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan Wait { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Longest time that a request may take, beyond what a blocking query waits for. 100 ms to 1 min; default 10 s.</summary>
    /// <remarks>A Consul without a leader looks for one for 7 s before it says so (its <c>rpc_hold_timeout</c>); a shorter time-out hides the reason.</remarks>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);
}
