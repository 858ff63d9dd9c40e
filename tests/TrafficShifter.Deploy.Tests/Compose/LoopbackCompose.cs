using System.Globalization;
using System.Text.Json;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Deploy.Tests.Compose;

/// <summary>
/// docker-compose.yml without an engine: every service as a process on loopback, with the commands, settings, mounted files, volumes, health checks and
/// order of that file and of the Dockerfile, and with the programs that the Dockerfile builds.
/// </summary>
internal sealed class LoopbackCompose : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cmp-").FullName;
    private readonly Dictionary<string, ChildProcess> _running = [];
    private readonly PublishedPrograms _programs;
    private readonly ComposeFile _file;
    private readonly Dockerfile _docker;
    private readonly Loopback _loopback;

    private LoopbackCompose(PublishedPrograms programs, ComposeFile file, Dockerfile docker)
    {
        (_programs, _file, _docker) = (programs, file, docker);
        _loopback = new Loopback(file, _folder);
    }

    /// <summary>Starts every service when those that it depends on are healthy; returns when all are.</summary>
    public static async Task<LoopbackCompose> StartAsync(PublishedPrograms programs)
    {
        var compose = new LoopbackCompose(programs, await ComposeFile.ReadAsync(), await Dockerfile.ReadAsync());
        try
        {
            foreach (var service in compose._file.Services.Keys) await compose.StartAsync(service);
            return compose;
        }
        catch
        {
            await compose.DisposeAsync();
            throw;
        }
    }

    public Uri AddressOf(string service, int port) => new($"http://127.0.0.1:{_loopback.PortOf(service, port)}/");

    public Task<string> ReadFileAsync(string service, string path) => File.ReadAllTextAsync(_loopback.Translate(service, path));

    public string OutputOf(string service) => _running[service].Output;

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _running.Values.Reverse()) await process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task StartAsync(string name)
    {
        if (_running.ContainsKey(name)) return;
        var service = _file.Services[name];
        foreach (var dependency in service.DependsOn.Keys) await StartAsync(dependency);
        await _loopback.MountAsync(name);
        var environment = EnvironmentOf(name, service);
        _running[name] = service.Build?.Target switch
        {
            "server" or "demo" => Start(name, "dotnet", [.. Entrypoint(service.Build.Target), .. Command(name, service)], environment),
            // What only holds a network.
            "haproxy" when service.Command?[0] == "sleep" => Start(name, "sleep", service.Command.Skip(1), environment),
            "haproxy" => StartHAProxy(name, service, environment),
            "consul" => Start(name, PeerLocator.Find("consul"), [.. Command(name, service), .. ConsulAlone(name)], environment),
            null => Start(name, PeerLocator.Find("victoria-metrics"), [.. Command(name, service), $"-httpListenAddr=127.0.0.1:{_loopback.PortOf(name, 8428)}"], environment),
            var other => throw new InvalidOperationException($"nobody knows how to start the image {other} here"),
        };
        await _running[name].WaitUntilReadyAsync(_ => IsHealthyAsync(name, service), TimeSpan.FromSeconds(60), CancellationToken.None);
    }

    private static ChildProcess Start(string name, string program, IEnumerable<string> arguments, Dictionary<string, string?> environment) =>
        ChildProcess.Start(name, program, arguments, environment, Path.GetTempPath());

    /// <summary>As the image of HAProxy starts it: <c>haproxy</c> becomes <c>haproxy -W -db</c>. The map files are those that our image has.</summary>
    private ChildProcess StartHAProxy(string name, ComposeService service, Dictionary<string, string?> environment)
    {
        foreach (var made in _docker["haproxy"].All("RUN").Single().Split(' ').Where(word => word.EndsWith(".map", StringComparison.Ordinal)))
            File.AppendAllText(_loopback.Translate(name, made), "");
        var command = Command(name, service);
        command[0].ShouldBe("haproxy");
        return Start(name, PeerLocator.Find("haproxy"), ["-W", "-db", .. command.Skip(1)], environment);
    }

    /// <summary>What keeps a Consul of this machine apart from others; in a container it is alone.</summary>
    private string[] ConsulAlone(string name) =>
    [
        $"-data-dir={Path.Combine(_folder, name, "data")}", "-bind=127.0.0.1", "-disable-host-node-id", $"-http-port={_loopback.PortOf(name, 8500)}", "-dns-port=-1", "-grpc-port=-1",
        $"-server-port={FreePorts.Take()}", $"-serf-lan-port={FreePorts.Take()}", $"-serf-wan-port={FreePorts.Take()}",
    ];

    private IReadOnlyList<string> Command(string name, ComposeService service) => _loopback.TranslateCommand(name, service.Command ?? []);

    /// <summary>The program and arguments of ENTRYPOINT, without <c>dotnet</c>.</summary>
    private IEnumerable<string> Entrypoint(string stage) =>
        JsonSerializer.Deserialize<string[]>(_docker[stage].All("ENTRYPOINT").Single())!.Skip(1).Select(word => _programs.Locate(stage, word));

    private Dictionary<string, string?> EnvironmentOf(string name, ComposeService service)
    {
        // What the shell that runs the tests has set for other programs must not get there.
        var environment = new Dictionary<string, string?> { ["ASPNETCORE_URLS"] = null, ["ASPNETCORE_ENVIRONMENT"] = null, ["DOTNET_ENVIRONMENT"] = null };
        var image = service.Build is { } build ? _docker[build.Target].Environment : [];
        foreach (var (key, value) in image.Concat(service.Environment ?? new Dictionary<string, string>())) environment[key] = _loopback.Translate(name, value);
        if (service.Build?.Target != "haproxy" || service.Command?[0] != "haproxy") return environment;
        environment["HAPROXY_METRICS_BIND"].ShouldBe(":8405");
        environment["HAPROXY_METRICS_BIND"] = $"127.0.0.1:{_loopback.PortOf(name, 8405)}";
        // The defaults of map.cfg, which are what the containers have.
        environment["HAPROXY_FRONTEND_BIND"] = $"127.0.0.1:{_loopback.PortOf(name, 8080)}";
        environment["HAPROXY_SOCKET"] = _loopback.Translate(name, "/run/haproxy/admin.sock");
        environment["HAPROXY_MAPS"] = _loopback.Translate(name, "/var/lib/haproxy/maps");
        return environment;
    }

    private async Task<bool> IsHealthyAsync(string name, ComposeService service)
    {
        var words = service.Healthcheck?.Test.Skip(1) ?? JsonSerializer.Deserialize<string[]>(_docker[service.Build!.Target].All("HEALTHCHECK").Single().Split("CMD ")[1])!;
        var check = _loopback.TranslateCommand(name, words);
        var program = check[0] == "ready" ? Path.Combine(ComposeFile.Folder, "deploy", "compose", "ready") : check[0] == "consul" ? PeerLocator.Find("consul") : check[0];
        await using var process = ChildProcess.Start($"health check of {name}", program, check.Skip(1),
            new Dictionary<string, string?> { ["CONSUL_HTTP_ADDR"] = string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{_loopback.PortOf("consul", 8500)}") });
        return await process.WaitForExitAsync(CancellationToken.None) == 0;
    }
}
