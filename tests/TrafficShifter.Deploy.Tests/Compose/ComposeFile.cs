using System.Text.Json;
using System.Text.Json.Serialization;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Deploy.Tests.Compose;

/// <summary>docker-compose.yml as docker-compose itself reads it: checked, anchors merged, variables filled in. No engine is needed for that.</summary>
internal sealed record ComposeFile
{
    public const string AgentKey = "0123456789abcdef0123456789abcdef";
    private const string MetricsToken = "fedcba9876543210fedcba9876543210";

    private static readonly JsonSerializerOptions Snake = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public required IReadOnlyDictionary<string, ComposeService> Services { get; init; }

    public required IReadOnlyDictionary<string, JsonElement> Volumes { get; init; }

    public static string Folder => PeerLocator.RepositoryRoot;

    public static async Task<ComposeFile> ReadAsync()
    {
        var file = Path.GetTempFileName();
        try
        {
            var (code, messages) = await ConfigAsync(AgentKey, "--format", "json", "--output", file);
            code.ShouldBe(0, messages);
            return JsonSerializer.Deserialize<ComposeFile>(await File.ReadAllTextAsync(file), Snake)!;
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Runs <c>docker-compose config</c>; returns its exit code and its last messages.</summary>
    /// <param name="agentKey">What the variable AGENT_KEY is; empty: as if there were none.</param>
    public static async Task<(int ExitCode, string Messages)> ConfigAsync(string agentKey, params string[] arguments)
    {
        // --env-file: a developer's own .env changes nothing here.
        await using var compose = ChildProcess.Start("docker-compose", PeerLocator.Find("docker-compose"), ["--env-file", "/dev/null", "-f", "docker-compose.yml", "config", .. arguments],
            new Dictionary<string, string?> { ["AGENT_KEY"] = agentKey, ["METRICS_TOKEN"] = MetricsToken, ["BIND"] = null, ["HAPROXY_VERSION"] = null, ["CONSUL_VERSION"] = null, ["VICTORIAMETRICS_VERSION"] = null }, Folder);
        return (await compose.WaitForExitAsync(CancellationToken.None), compose.Output);
    }
}

internal sealed record ComposeService
{
    public ComposeBuild? Build { get; init; }

    public string Image { get; init; } = "";

    public IReadOnlyList<string>? Command { get; init; }

    public IReadOnlyDictionary<string, string>? Environment { get; init; }

    public IReadOnlyList<ComposeVolume> Volumes { get; init; } = [];

    public IReadOnlyList<ComposePort> Ports { get; init; } = [];

    public IReadOnlyDictionary<string, ComposeDependency> DependsOn { get; init; } = new Dictionary<string, ComposeDependency>();

    public ComposeHealthcheck? Healthcheck { get; init; }

    public string Restart { get; init; } = "";

    public IReadOnlyList<string> GroupAdd { get; init; } = [];

    public IReadOnlyDictionary<string, JsonElement>? Networks { get; init; }

    /// <summary><c>service:node1</c>: that service's network, loopback and all; else one of its own.</summary>
    public string? NetworkMode { get; init; }

    /// <summary>The service whose loopback the service <paramref name="name"/> has.</summary>
    public string NetworkOf(string name) => NetworkMode is { } mode && mode.StartsWith("service:", StringComparison.Ordinal) ? mode["service:".Length..] : name;
}

internal sealed record ComposeBuild(string Context, string Dockerfile, string Target)
{
    public IReadOnlyDictionary<string, string> Args { get; init; } = new Dictionary<string, string>();
}

internal sealed record ComposeVolume(string Type, string Source, string Target, [property: JsonPropertyName("read_only")] bool ReadOnly = false);

internal sealed record ComposePort(string HostIp, int Target, string Published);

internal sealed record ComposeDependency(string Condition);

internal sealed record ComposeHealthcheck(IReadOnlyList<string> Test);
