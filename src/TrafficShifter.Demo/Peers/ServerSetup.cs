using System.Globalization;

namespace TrafficShifter.Demo.Peers;

/// <summary>One HAProxy that a server with the role `agent` drives.</summary>
/// <param name="RuntimeApi">Path of its Unix socket, or host:port.</param>
/// <param name="Maps">Folder of its map files; null: it has only `weights` routing.</param>
/// <param name="AccessLog">host:port where it sends its access log; null: nothing is counted.</param>
public sealed record ServerNode(string Name, string RuntimeApi, string? Maps = null, string? AccessLog = null)
{
    /// <summary>A node on one of this machine's HAProxies, with its access log.</summary>
    /// <param name="withMaps">It has the maps of `map` routing.</param>
    public static ServerNode Of(string name, HAProxyProcess haproxy, bool withMaps = false) =>
        new(name, haproxy.RuntimeApiSocket, withMaps ? haproxy.MapsFolder : null, string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{haproxy.LogReaderPort}"));
}

/// <summary>What a TrafficShifter server is started with. What is null is left to the server's own default.</summary>
public sealed record ServerSetup
{
    /// <summary>What it is called in messages.</summary>
    public string Name { get; init; } = "server";

    /// <summary>Port on 127.0.0.1; null takes a free one.</summary>
    public int? Port { get; init; }

    /// <summary>Comma-separated: <c>api</c>, <c>controller</c>, <c>agent</c>.</summary>
    public string Roles { get; init; } = "api,controller,agent";

    /// <summary>Where it keeps its data; null: a temporary directory that goes with the process object.</summary>
    public string? DataDirectory { get; init; }

    /// <summary>Null: the embedded store.</summary>
    public Uri? Consul { get; init; }

    public string? ConsulToken { get; init; }

    public Uri? VictoriaMetrics { get; init; }

    public IReadOnlyList<ServerNode> Nodes { get; init; } = [];

    /// <summary>Opens the metrics to scrapers, at least 32 characters.</summary>
    public string? MetricsToken { get; init; }

    /// <summary>What the api and the agents know each other by, at least 32 characters.</summary>
    public string? AgentKey { get; init; }

    /// <summary>Any other setting, by its configuration path: <c>Agent:Interval</c> → <c>2s</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Environment variables that are no settings of the server: <c>LD_PRELOAD</c>.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();

    /// <summary>The environment variables that say all this: the path of a setting with <c>__</c> for ':'.</summary>
    internal Dictionary<string, string?> WriteEnvironment(Uri address, string dataDirectory)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Urls"] = address.GetLeftPart(UriPartial.Authority),
            ["Roles"] = Roles,
            ["DataDirectory"] = dataDirectory,
            ["Consul:Address"] = Consul?.ToString(),
            ["Consul:Token"] = ConsulToken,
            ["VictoriaMetrics:Address"] = VictoriaMetrics?.ToString(),
            ["Agent:Key"] = AgentKey,
            ["MetricsToken"] = MetricsToken,
            ["Agent:Advertise"] = Nodes.Count > 0 ? address.GetLeftPart(UriPartial.Authority) : null,
        };
        for (var i = 0; i < Nodes.Count; i++)
        {
            settings[string.Create(CultureInfo.InvariantCulture, $"Agent:Nodes:{i}:Name")] = Nodes[i].Name;
            settings[string.Create(CultureInfo.InvariantCulture, $"Agent:Nodes:{i}:RuntimeApi")] = Nodes[i].RuntimeApi;
            if (Nodes[i].Maps is { } maps) settings[string.Create(CultureInfo.InvariantCulture, $"Agent:Nodes:{i}:Maps")] = maps;
            if (Nodes[i].AccessLog is { } log) settings[string.Create(CultureInfo.InvariantCulture, $"Agent:Nodes:{i}:AccessLog")] = log;
        }
        foreach (var (path, value) in Settings) settings[path] = value;

        var environment = settings.ToDictionary(s => s.Key.Replace(":", "__", StringComparison.Ordinal), s => s.Value);
        // What the shell that started us has set for other programs must not reach the server.
        environment["ASPNETCORE_URLS"] = null;
        environment["ASPNETCORE_ENVIRONMENT"] = "Production";
        environment["DOTNET_ENVIRONMENT"] = "Production";
        foreach (var (name, value) in Variables) environment[name] = value;
        return environment;
    }
}
