using System.Globalization;
using System.Text.Json;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks.Fleet;

/// <summary>Three Consul servers on 127.0.0.1 that keep their data on disk and elect a leader among them.</summary>
internal sealed class ConsulServers : IAsyncDisposable
{
    private const int Count = 3;
    private readonly string _folder = Directory.CreateTempSubdirectory("consuls-").FullName;
    private readonly List<ChildProcess> _processes = [];
    private readonly int[] _lanPorts = [.. Enumerable.Range(0, Count).Select(_ => FreePorts.Take())];
    private readonly HttpClient _http = new() { Timeout = TimeSpan.FromSeconds(2) };

    public IReadOnlyList<Uri> Addresses { get; } = [.. Enumerable.Range(0, Count).Select(_ => new Uri($"http://127.0.0.1:{FreePorts.Take()}"))];

    public static async Task<ConsulServers> StartAsync(CancellationToken cancellationToken)
    {
        var servers = new ConsulServers();
        try
        {
            for (var n = 0; n < Count; n++) servers.Launch(n);
            await Task.WhenAll(Enumerable.Range(0, Count).Select(n => servers._processes[n].WaitUntilReadyAsync(probe => servers.IsReadyAsync(n, probe), TimeSpan.FromSeconds(60), cancellationToken)));
            return servers;
        }
        catch
        {
            await servers.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the three used so far.</summary>
    public ConsulUse ReadUse() => new(
        _processes.Sum(p => ProcessCpu.ReadWhole(p.Pid).TotalMicroseconds),
        _processes.Sum(p => Written(p.Pid)));

    /// <summary>Connections that clients hold open to the three HTTP APIs.</summary>
    public int CountConnections()
    {
        var ports = Addresses.Select(a => a.Port.ToString("X4", CultureInfo.InvariantCulture)).ToHashSet();
        return File.ReadLines("/proc/net/tcp").Skip(1).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Count(socket => socket[3] == "01" && ports.Contains(socket[1][^4..]));
    }

    /// <summary>Entries of the log that the servers agree on: every write is one.</summary>
    public async Task<long> ReadLogIndexAsync(CancellationToken cancellationToken)
    {
        using var self = JsonDocument.Parse(await _http.GetStringAsync(new Uri(Addresses[0], "/v1/agent/self"), cancellationToken));
        return long.Parse(self.RootElement.GetProperty("Stats").GetProperty("raft").GetProperty("last_log_index").GetString()!, CultureInfo.InvariantCulture);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes) await process.KillAsync();
        foreach (var process in _processes) await process.DisposeAsync();
        _http.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>Bytes that a process wrote: answers, what servers send each other, the disk.</summary>
    private static long Written(int pid) => long.Parse(File.ReadLines($"/proc/{pid}/io").Single(l => l.StartsWith("wchar:", StringComparison.Ordinal)).AsSpan(6), CultureInfo.InvariantCulture);

    private async Task<bool> IsReadyAsync(int number, CancellationToken cancellationToken)
    {
        using var reply = await _http.GetAsync(new Uri(Addresses[number], "/v1/kv/is-consul-ready"), cancellationToken);
        if ((int)reply.StatusCode != 404) return false;
        // Until a server is in the catalogue no session can be created on it.
        using var checks = JsonDocument.Parse(await _http.GetStringAsync(new Uri(Addresses[number], $"/v1/health/node/{NameOf(number)}"), cancellationToken));
        return checks.RootElement.EnumerateArray().Any(check => check.GetProperty("Status").GetString() == "passing");
    }

    private void Launch(int number)
    {
        var file = Path.Combine(_folder, $"{number}.json");
        File.WriteAllText(file, JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["node_name"] = NameOf(number), ["server"] = true, ["bootstrap_expect"] = Count, ["data_dir"] = Path.Combine(_folder, $"data-{number}"),
            ["bind_addr"] = "127.0.0.1", ["client_addr"] = "127.0.0.1", ["disable_host_node_id"] = true, ["disable_update_check"] = true, ["log_level"] = "warn",
            ["retry_join"] = _lanPorts.Select(port => $"127.0.0.1:{port}"), ["retry_interval"] = "1s",
            ["ports"] = new { http = Addresses[number].Port, grpc = -1, dns = -1, server = FreePorts.Take(), serf_lan = _lanPorts[number], serf_wan = FreePorts.Take() },
        }));
        _processes.Add(ChildProcess.Start(NameOf(number), PeerLocator.Find("consul"), ["agent", $"-config-file={file}"]));
    }

    private static string NameOf(int number) => $"consul-{number}";
}

/// <summary>CPU of all servers in microseconds, and bytes that they wrote to anybody.</summary>
internal readonly record struct ConsulUse(double CpuMicroseconds, double Bytes)
{
    public static ConsulUse operator -(ConsulUse a, ConsulUse b) => new(a.CpuMicroseconds - b.CpuMicroseconds, a.Bytes - b.Bytes);

    public static ConsulUse operator +(ConsulUse a, ConsulUse b) => new(a.CpuMicroseconds + b.CpuMicroseconds, a.Bytes + b.Bytes);
}
