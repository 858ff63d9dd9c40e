using System.Globalization;
using System.Net;
using System.Text.Json;

namespace TrafficShifter.Demo.Peers;

/// <summary>A real Consul agent, a server alone or one of several, on 127.0.0.1. Keeps its ports over restarts.</summary>
public sealed class ConsulProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly ConsulSetup _setup;
    private readonly int _httpPort;
    private readonly ConsulPorts _ports;
    private readonly int _wanPort = FreePorts.Take();
    private readonly string _directory = Directory.CreateTempSubdirectory("consul-").FullName;
    private ChildProcess? _process;

    private ConsulProcess(ConsulSetup setup)
    {
        _setup = setup;
        _httpPort = setup.HttpPort ?? FreePorts.Take();
        _ports = setup.Ports ?? ConsulPorts.Free();
        Address = new Uri($"http://127.0.0.1:{_httpPort}");
    }

    /// <summary>The HTTP API.</summary>
    public Uri Address { get; }

    /// <summary>0 while it is not running.</summary>
    public int Pid => _process?.Pid ?? 0;

    /// <summary>Starts Consul and waits until it answers reads and knows its own node, which is when keys and sessions can be written (with one expected server). One of several is waited for until it answers at all.</summary>
    /// <exception cref="PeerException">Consul is not installed or did not start; the message has its last output.</exception>
    public static async Task<ConsulProcess> StartAsync(ConsulSetup setup, CancellationToken cancellationToken)
    {
        var consul = new ConsulProcess(setup);
        try
        {
            await consul.StartAsync(cancellationToken);
            return consul;
        }
        catch
        {
            await consul.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a Consul that was killed or stopped, on the ports that it had. Without <see cref="ConsulSetup.Persistent"/> it has forgotten everything.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_process is { HasExited: false }) return;
        await EndAsync(process => process.KillAsync());
        var configuration = Path.Combine(_directory, "consul.json");
        await File.WriteAllTextAsync(configuration, JsonSerializer.Serialize(Configuration()), cancellationToken);
        string[] dev = _setup.Persistent || _setup.BootstrapExpect > 1 ? [] : ["-dev"];
        _process = ChildProcess.Start(_setup.NodeName, PeerLocator.Find("consul"), ["agent", .. dev, $"-config-file={configuration}"]);
        using var http = new HttpClient { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(2) };
        if (_setup.MasterToken is { } token) http.DefaultRequestHeaders.Add("X-Consul-Token", token);
        await _process.WaitUntilReadyAsync(probe => IsReadyAsync(http, probe), Patience, cancellationToken);
    }

    /// <summary>kill -9.</summary>
    public Task KillAsync() => EndAsync(process => process.KillAsync());

    /// <summary>A clean end.</summary>
    public Task StopAsync() => EndAsync(process => process.StopAsync());

    /// <summary>kill -9 and start.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        await KillAsync();
        await StartAsync(cancellationToken);
    }

    /// <summary>kill -9, all data removed, and start: the Consul that comes back knows nothing and counts from the beginning.</summary>
    public async Task WipeAsync(CancellationToken cancellationToken)
    {
        await KillAsync();
        RemoveData();
        await StartAsync(cancellationToken);
    }

    /// <summary>Removes what a Consul that does not run has on its disk: all servers of a cluster must be ended before the first of them begins anew.</summary>
    public void RemoveData()
    {
        if (_process is { HasExited: false }) throw new PeerException($"{_setup.NodeName} runs: its data cannot be removed");
        if (Directory.Exists(DataDirectory)) Directory.Delete(DataDirectory, recursive: true);
    }

    /// <summary>SIGSTOP: connections stay open and nothing answers.</summary>
    public void Freeze() => _process?.Freeze();

    /// <summary>SIGCONT.</summary>
    public void Thaw() => _process?.Thaw();

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    private string DataDirectory => Path.Combine(_directory, "data");

    private async Task<bool> IsReadyAsync(HttpClient http, CancellationToken cancellationToken)
    {
        if (_setup.Join.Count > 0)
        {
            using var itself = await http.GetAsync(new Uri("/v1/agent/self", UriKind.Relative), cancellationToken);
            return itself.IsSuccessStatusCode;
        }
        // A consistent read needs a leader: 404 for a key that nobody has is the first sign of one.
        using var reply = await http.GetAsync(new Uri("/v1/kv/is-consul-ready", UriKind.Relative), cancellationToken);
        if (_setup.BootstrapExpect > 1) return reply.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.InternalServerError;
        if (reply.StatusCode != HttpStatusCode.NotFound) return false;

        // The leader enters its own node a moment later. Until then no session can be created ("Missing node registration").
        using var checks = JsonDocument.Parse(await http.GetStringAsync(new Uri($"/v1/health/node/{_setup.NodeName}", UriKind.Relative), cancellationToken));
        return checks.RootElement.EnumerateArray().Any(check => check.GetProperty("Status").GetString() == "passing");
    }

    private async Task EndAsync(Func<ChildProcess, Task> end)
    {
        if (_process is not { } process) return;
        _process = null;
        await end(process);
        await process.DisposeAsync();
    }

    private Dictionary<string, object> Configuration()
    {
        var configuration = new Dictionary<string, object>
        {
            ["node_name"] = _setup.NodeName,
            ["bind_addr"] = "127.0.0.1",
            ["client_addr"] = "127.0.0.1",
            ["disable_host_node_id"] = true,
            ["disable_update_check"] = true,
            ["log_level"] = "warn",
            ["performance"] = new { raft_multiplier = 1, rpc_hold_timeout = _setup.BootstrapExpect > 1 && _setup.Join.Count == 0 ? "100ms" : "7s" },
            ["ports"] = new { http = _httpPort, grpc = -1, dns = -1, server = _ports.Server, serf_lan = _ports.Serf, serf_wan = _wanPort },
        };
        if (_setup.Persistent || _setup.BootstrapExpect > 1)
        {
            configuration["server"] = true;
            configuration["bootstrap_expect"] = _setup.BootstrapExpect;
            configuration["data_dir"] = DataDirectory;
        }
        if (_setup.Join.Count > 0)
        {
            configuration["retry_join"] = _setup.Join.Select(port => string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"));
            configuration["retry_interval"] = "1s";
        }
        if (_setup.MasterToken is { } token)
            configuration["acl"] = new { enabled = true, default_policy = "deny", tokens = new { master = token } };
        return configuration;
    }
}
