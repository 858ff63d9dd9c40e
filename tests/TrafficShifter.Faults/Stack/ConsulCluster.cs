using System.Globalization;
using System.Text.Json;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Faults.Stack;

/// <summary>Three Consul servers, of which one leads.</summary>
internal sealed class ConsulCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(2) };
    private readonly List<ConsulProcess> _servers = [];
    private readonly List<ConsulPorts> _ports = [ConsulPorts.Free(), ConsulPorts.Free(), ConsulPorts.Free()];

    /// <summary>consul1, consul2, consul3.</summary>
    public IReadOnlyList<ConsulProcess> Servers => _servers;

    public static async Task<ConsulCluster> StartAsync(CancellationToken cancellationToken)
    {
        var cluster = new ConsulCluster();
        try
        {
            for (var i = 0; i < cluster._ports.Count; i++) cluster._servers.Add(await cluster.StartServerAsync(i, cancellationToken));
            await cluster.SeeLeaderAsync(cancellationToken);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The server that leads, as the others say; null while they know none.</summary>
    public async Task<ConsulProcess?> FindLeaderAsync(CancellationToken cancellationToken)
    {
        foreach (var server in Servers)
        {
            if (await AskAsync(server, "v1/status/leader", cancellationToken) is not { } answer || JsonSerializer.Deserialize<string>(answer) is not { Length: > 0 } leader) continue;
            var port = int.Parse(leader.AsSpan(leader.LastIndexOf(':') + 1), CultureInfo.InvariantCulture);
            return Servers[_ports.FindIndex(p => p.Server == port)];
        }
        return null;
    }

    /// <summary>Returns when every server that runs knows a leader, and the leader takes writes.</summary>
    /// <exception cref="PeerException">Nobody led in time.</exception>
    public async Task SeeLeaderAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            foreach (var server in Servers)
                while (server.Pid != 0 && await AskAsync(server, "v1/catalog/nodes?consistent", patience.Token) is null or "[]") await Task.Delay(TimeSpan.FromMilliseconds(50), patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new PeerException($"the Consul servers had no leader after {Patience.TotalSeconds:0} s");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers) await server.DisposeAsync();
        _http.Dispose();
    }

    private Task<ConsulProcess> StartServerAsync(int index, CancellationToken cancellationToken) => ConsulProcess.StartAsync(
        new ConsulSetup
        {
            Persistent = true,
            BootstrapExpect = _ports.Count,
            NodeName = string.Create(CultureInfo.InvariantCulture, $"consul{index + 1}"),
            Ports = _ports[index],
            Join = [.. _ports.Where((_, other) => other != index).Select(p => p.Serf)],
        },
        cancellationToken);

    private async Task<string?> AskAsync(ConsulProcess server, string path, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _http.GetAsync(new Uri(server.Address, path), cancellationToken);
            return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(cancellationToken) : null;
        }
        catch (Exception away) when (away is HttpRequestException || (away is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }
}
