using System.ComponentModel.DataAnnotations;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Server.Agents;

/// <summary>The agent role: which HAProxy nodes this process drives. Section <c>Agent</c>.</summary>
public sealed record AgentOptions
{
    public const int MinKeyLength = 32;

    /// <summary>The nodes; usually one, the HAProxy beside the agent.</summary>
    public IReadOnlyList<NodeOptions> Nodes { get; init; } = [];

    /// <summary>URL by which the api replicas reach this agent's own API. Required when the agent is a process of its own.</summary>
    public Uri? Advertise { get; init; }

    /// <summary>For apis: agents that are asked and rescued through even if this api never read the store, such as on a new disk while Consul is away. What the store says comes before it.</summary>
    public IReadOnlyList<KnownAgent> Known { get; init; } = [];

    /// <summary>Secret shared by agents and api replicas, at least 32 of the characters of a bearer token. Required when the agent is a process of its own, unless <see cref="Authorities"/> are set.</summary>
    [RegularExpression("[A-Za-z0-9._~+/=-]*", ErrorMessage = "only letters, digits and . _ ~ + / = - can be sent as a bearer token, for example the output of `openssl rand -hex 32`")]
    public string? Key { get; init; }

    /// <summary>PEM file with the certificates of those who sign for agents and apis. With it an agent's API takes only clients with a certificate of theirs, and an api asks only agents with one, by https.</summary>
    public string? Authorities { get; init; }

    /// <summary>With <see cref="Authorities"/>: names of the apis' certificates, common or DNS names, separated by commas; those alone may ask agents. None: every client of the authorities may.</summary>
    public string? Clients { get; init; }

    /// <summary>PEM file with the certificate, and its chain, that an api shows to agents; with <see cref="Authorities"/>.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>PEM file with the private key of <see cref="ClientCertificate"/>.</summary>
    public string? ClientKey { get; init; }

    /// <summary>How often HAProxy is asked whether it is still the same process. 20 ms to 5 s; default 200 ms.</summary>
    [Range(typeof(TimeSpan), "00:00:00.020", "00:00:05")]
    public TimeSpan ProcessCheckInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How often every weight is compared with what is wanted, whether anything changed or not. 1 s to 10 min; default 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ReconcileInterval { get; init; } = TimeSpan.FromSeconds(10);
}

/// <summary>One HAProxy.</summary>
public sealed record NodeOptions
{
    /// <summary>Name of the node, unique in the installation: 1 to 63 of a-z, 0-9 and '-'.</summary>
    [Required]
    public required string Name { get; init; }

    /// <summary>The Runtime API at level admin: the path of a Unix socket, or host:port.</summary>
    [Required]
    public required string RuntimeApi { get; init; }

    /// <summary>For `map` routing: the folder of the map files, exactly as haproxy.cfg names it. The agent writes them; none: this node has only `weights` routing.</summary>
    [RegularExpression("/[A-Za-z0-9._/-]+", ErrorMessage = "an absolute path of letters, digits and . _ / -, as haproxy.cfg names it")]
    public string? Maps { get; init; }

    /// <summary>Where HAProxy's access log arrives, for evidence by application and colour: host:port to listen at, over TCP for a `ring`, or <c>udp:host:port</c> or <c>unixgram:/path</c> for datagrams; none: nothing is counted.</summary>
    public string? AccessLog { get; init; }

    /// <summary>URL at which scrapers find the metrics of this HAProxy, for <c>GET /api/v1/nodes/prometheus-sd</c>; none: it is not listed there.</summary>
    public Uri? Exporter { get; init; }
}

/// <summary>A node and where its agent's API answers.</summary>
public sealed record KnownAgent
{
    /// <summary>Name of the node, as its agent registers it.</summary>
    [Required]
    public required string Node { get; init; }

    /// <summary>URL of the agent, as its <see cref="AgentOptions.Advertise"/>.</summary>
    [Required]
    public required Uri Address { get; init; }
}

/// <summary>Makes the load balancer of a node: HAProxy by its Runtime API, unless another one is registered.</summary>
public delegate ILoadBalancer LoadBalancerFactory(NodeOptions node);
