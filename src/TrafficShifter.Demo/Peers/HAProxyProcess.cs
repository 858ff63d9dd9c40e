using System.Globalization;
using System.Net.Sockets;

namespace TrafficShifter.Demo.Peers;

/// <summary>A real HAProxy on 127.0.0.1 in master-worker mode. Keeps its ports, files and sockets over restarts.</summary>
public sealed class HAProxyProcess : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly HAProxySetup _setup;
    private readonly string _directory;
    private ChildProcess? _master;

    private HAProxyProcess(HAProxySetup setup)
    {
        _setup = setup;
        _directory = setup.Directory ?? Directory.CreateTempSubdirectory("haproxy-").FullName;
        FrontendPort = setup.FrontendPort ?? FreePorts.Take();
        MetricsPort = setup.MetricsPort ?? FreePorts.Take();
        LogReaderPort = setup.LogReaderPort ?? FreePorts.Take();
    }

    public int FrontendPort { get; }

    public Uri FrontendUrl => new($"http://127.0.0.1:{FrontendPort}/");

    public int MetricsPort { get; }

    /// <summary>Where it sends its access log, for an agent's setting <c>Agent:Nodes:0:AccessLog</c>.</summary>
    public int LogReaderPort { get; }

    /// <summary>Path of the Unix socket that an agent talks to; level admin.</summary>
    public string RuntimeApiSocket => Path.Combine(_directory, "admin.sock");

    /// <summary>The master's pid, which a reload does not change; 0 while it is not running.</summary>
    public int Pid => _master is { HasExited: false } master ? master.Pid : 0;

    /// <summary>The last lines that HAProxy wrote.</summary>
    public string Output => _master?.Output ?? "";

    /// <summary>Folder of the map files of `map` routing; empty files at the first start.</summary>
    public string MapsFolder => Path.Combine(_directory, "maps");

    private string TrustedSourcesFile => Path.Combine(_directory, "trusted.lst");

    private string MasterSocket => Path.Combine(_directory, "master.sock");

    private string BackendsFile => Path.Combine(_directory, "backends.cfg");

    private string[] Files => ["-f", Path.Combine(PeerLocator.RepositoryRoot, "haproxy", _setup.Configuration), "-f", BackendsFile];

    private Dictionary<string, string?> Environment => new(_setup.Variables.ToDictionary(variable => variable.Key, variable => (string?)variable.Value))
    {
        ["HAPROXY_MAPS"] = MapsFolder,
        ["HAPROXY_TRUSTED_SOURCES"] = TrustedSourcesFile,
        ["HAPROXY_SOCKET"] = RuntimeApiSocket,
        ["HAPROXY_FRONTEND_BIND"] = $"127.0.0.1:{FrontendPort}",
        ["HAPROXY_METRICS_BIND"] = $"127.0.0.1:{MetricsPort}",
        ["HAPROXY_LOG_READER"] = $"127.0.0.1:{LogReaderPort}",
        ["HAPROXY_HOSTS_MAP"] = Path.Combine(_directory, "hosts.map"),
    };

    /// <summary>Starts HAProxy and returns when its Runtime API answers.</summary>
    /// <exception cref="PeerException">HAProxy is not installed, refuses its configuration or did not start; the message has its words.</exception>
    public static async Task<HAProxyProcess> StartAsync(HAProxySetup setup, CancellationToken cancellationToken)
    {
        var haproxy = new HAProxyProcess(setup);
        try
        {
            Directory.CreateDirectory(haproxy._directory);
            await haproxy.WriteBackendsAsync(setup.Backends, cancellationToken);
            await HAProxyBackends.CreateMapsAsync(haproxy.MapsFolder, cancellationToken);
            await File.WriteAllLinesAsync(haproxy.TrustedSourcesFile, setup.TrustedSources, cancellationToken);
            await haproxy.StartAsync(cancellationToken);
            return haproxy;
        }
        catch
        {
            await haproxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts it again after <see cref="KillAsync"/> or <see cref="StopAsync"/>: the weights are those of the file.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (Pid != 0) return;
        await CheckConfigurationAsync(cancellationToken);
        _master = ChildProcess.Start(_setup.Name, PeerLocator.Find("haproxy"), ["-W", "-S", $"{MasterSocket},mode,600", .. Files], Environment, _directory);
        await _master.WaitUntilReadyAsync(async probe => await FindWorkerAsync(probe) is not null, Patience, cancellationToken);
    }

    /// <summary>Writes other backends, for the next start or reload.</summary>
    public async Task WriteBackendsAsync(IReadOnlyList<HAProxyBackend> backends, CancellationToken cancellationToken)
    {
        await File.WriteAllTextAsync(BackendsFile, HAProxyBackends.Render(backends) + _setup.ExtraConfiguration, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_directory, "hosts.map"), HAProxyBackends.RenderHosts(backends), cancellationToken);
    }

    /// <summary>Reloads through the master socket and returns when a new worker answers: no connection is refused, the weights are those of the file.</summary>
    /// <exception cref="PeerException">The configuration is refused (the old worker goes on), or no new worker answered in time.</exception>
    public async Task ReloadAsync(CancellationToken cancellationToken)
    {
        var master = _master ?? throw new PeerException($"{_setup.Name} is not running and cannot be reloaded");
        await CheckConfigurationAsync(cancellationToken);
        var before = await FindWorkerAsync(cancellationToken);
        await master.WaitUntilReadyAsync(TryTellMasterAsync, Patience, cancellationToken);
        await master.WaitUntilReadyAsync(async probe => await FindWorkerAsync(probe) is { } worker && worker != before, Patience, cancellationToken);
    }

    /// <summary>One line, in which ';' parts commands, and what HAProxy answers to it: the raw Runtime API.</summary>
    public Task<string> AskAsync(string line, CancellationToken cancellationToken) => HAProxySocket.AskAsync(RuntimeApiSocket, line, isMaster: false, cancellationToken);

    /// <summary>kill -9 of the master and of every worker. Returns when all are gone.</summary>
    public Task KillAsync() => EndAsync(grace: TimeSpan.Zero);

    /// <summary>A quick end: connections are closed. After 5 s it is killed.</summary>
    public Task StopAsync()
    {
        Thaw();
        return EndAsync(grace: TimeSpan.FromSeconds(5));
    }

    /// <summary>kill -9 and start.</summary>
    public async Task RestartAsync(CancellationToken cancellationToken)
    {
        await KillAsync();
        await StartAsync(cancellationToken);
    }

    /// <summary>SIGSTOP to the workers: connections are accepted by the kernel and nothing answers.</summary>
    public void Freeze() => Workers().ForEach(worker => PosixSignals.Send(worker, PosixSignals.Stop));

    /// <summary>SIGCONT.</summary>
    public void Thaw() => Workers().ForEach(worker => PosixSignals.Send(worker, PosixSignals.Continue));

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        if (_setup.Directory is null && Directory.Exists(_directory)) Directory.Delete(_directory, recursive: true);
    }

    private async Task EndAsync(TimeSpan grace)
    {
        if (_master is not { } master) return;
        var workers = Workers();
        if (grace > TimeSpan.Zero)
        {
            master.Signal(PosixSignals.Terminate);
            await ProcessTable.WaitUntilGoneAsync([master.Pid, .. workers], grace);
        }
        // Workers too: one ends by itself when its master is gone, but not while it is frozen, and it holds the pipe that is read here.
        master.Signal(PosixSignals.Kill);
        foreach (var worker in workers.Where(w => !ProcessTable.IsGone(w))) PosixSignals.Send(worker, PosixSignals.Kill);
        await ProcessTable.WaitUntilGoneAsync(workers, Patience);
        _master = null;
        await master.KillAsync();
        await master.DisposeAsync();
    }

    /// <summary>False: the master is starting itself anew after the reload before, and does not listen yet.</summary>
    private async Task<bool> TryTellMasterAsync(CancellationToken cancellationToken)
    {
        try
        {
            await HAProxySocket.AskAsync(MasterSocket, "reload", isMaster: true, cancellationToken);
            return true;
        }
        catch (SocketException notYet) when (notYet.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return false;
        }
    }

    private async Task CheckConfigurationAsync(CancellationToken cancellationToken)
    {
        await using var check = ChildProcess.Start(_setup.Name, PeerLocator.Find("haproxy"), ["-c", .. Files], Environment, _directory);
        var exitCode = await check.WaitForExitAsync(cancellationToken);
        if (exitCode != 0) throw new PeerException($"{_setup.Name} refuses its configuration:\n{check.Output}");
    }

    /// <summary>The pid of the worker that serves new connections; null when none answers.</summary>
    private async Task<int?> FindWorkerAsync(CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(1));
        var lines = (await AskAsync("show info", patience.Token)).Split('\n');
        return lines.Contains("Stopping: 0") && lines.FirstOrDefault(l => l.StartsWith("Pid: ", StringComparison.Ordinal)) is { } pid
            ? int.Parse(pid.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture)
            : null;
    }

    private List<int> Workers() => ProcessTable.ChildrenOf(Pid);
}
