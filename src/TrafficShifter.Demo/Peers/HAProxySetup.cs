namespace TrafficShifter.Demo.Peers;

/// <summary>What kind of HAProxy to start; always from one of the repository's own files in <c>haproxy/</c>.</summary>
public sealed record HAProxySetup
{
    /// <summary>What it is called in messages.</summary>
    public string Name { get; init; } = "haproxy";

    public required IReadOnlyList<HAProxyBackend> Backends { get; init; }

    /// <summary>Where its files and sockets are; null: a temporary directory that goes with it. Short: a socket's path has at most 107 bytes.</summary>
    public string? Directory { get; init; }

    /// <summary>Port on 127.0.0.1 that users reach; null takes a free one.</summary>
    public int? FrontendPort { get; init; }

    /// <summary>Port on 127.0.0.1 of <c>/metrics</c>; null takes a free one.</summary>
    public int? MetricsPort { get; init; }

    /// <summary>Port on 127.0.0.1 that it sends its access log to, where an agent may listen; null takes a free one.</summary>
    public int? LogReaderPort { get; init; }

    /// <summary><c>haproxy.cfg</c> for `weights` routing, <c>map.cfg</c> for `map` routing.</summary>
    public string Configuration { get; init; } = "haproxy.cfg";

    /// <summary>Addresses and networks that identity headers are believed from; `map` routing only.</summary>
    public IReadOnlyList<string> TrustedSources { get; init; } = [];

    /// <summary>Variables for the configuration beside those that are set here anyway.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>More configuration, added after the backends: further stats sockets, ACLs.</summary>
    public string ExtraConfiguration { get; init; } = "";
}

/// <param name="Hosts">Host names, in lower case, that are sent to this backend.</param>
/// <param name="HealthPath">What the health check asks for and must get a 200 from; null: that the server accepts connections is enough.</param>
public sealed record HAProxyBackend(string Name, IReadOnlyList<string> Hosts, IReadOnlyList<HAProxyServer> Servers, string? HealthPath = null);

/// <param name="Weight">0 to 256: its capacity beside its siblings, and its weight until the Runtime API sets another.</param>
/// <param name="Checked">False: HAProxy holds it for up whatever happens, apart from single requests.</param>
public sealed record HAProxyServer(string Name, int Port, int Weight = 100, string Address = "127.0.0.1", bool Checked = true)
{
    /// <summary>Further words of the server's line: <c>disabled</c>, <c>backup</c>.</summary>
    public string Options { get; init; } = "";
}
