using System.Reflection;

namespace TrafficShifter.Demo.Peers;

/// <summary>A TrafficShifter server in a process of its own, from this clone's build output.</summary>
public sealed class ServerProcess : PeerProcess
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(2) };
    private readonly bool _ownsDirectory;
    private readonly ServerSetup _setup;

    private ServerProcess(ServerSetup setup)
    {
        _setup = setup;
        _ownsDirectory = setup.DataDirectory is null;
        DataDirectory = setup.DataDirectory ?? Directory.CreateTempSubdirectory("traffic-shifter-").FullName;
        Address = new Uri($"http://127.0.0.1:{setup.Port ?? FreePorts.Take()}/");
    }

    public string Name => _setup.Name;

    public Uri Address { get; }

    public string DataDirectory { get; }

    /// <summary>Starts it and returns when <c>/readyz</c> says 200.</summary>
    /// <exception cref="PeerException">It is not built, did not start or was not ready in time; the message has its last output.</exception>
    public static Task<ServerProcess> StartAsync(ServerSetup setup, CancellationToken cancellationToken = default) => StartAsync(setup, untilReady: true, cancellationToken);

    /// <summary>Starts it and returns when <c>/healthz</c> says 200: for a server that cannot be ready, because a peer is away.</summary>
    /// <exception cref="PeerException">It is not built or did not start.</exception>
    public static Task<ServerProcess> StartUnreadyAsync(ServerSetup setup, CancellationToken cancellationToken = default) => StartAsync(setup, untilReady: false, cancellationToken);

    /// <summary>Starts it again, and returns when <c>/healthz</c> says 200: while a peer is away it cannot be ready.</summary>
    /// <exception cref="PeerException">It ended, or did not answer in time.</exception>
    public Task RestartUnreadyAsync(CancellationToken cancellationToken = default) => RestartAsync(probe => AnswersAsync("healthz", probe), cancellationToken);

    /// <summary>True when it answers <c>/readyz</c> with 200 now; false for any other answer and for none.</summary>
    public async Task<bool> IsReadyNowAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return await AnswersAsync("readyz", cancellationToken);
        }
        catch (Exception away) when (away is HttpRequestException || (away is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    /// <summary>Returns when <c>/readyz</c> says 200.</summary>
    /// <exception cref="PeerException">It ended, or was not ready after 30 s.</exception>
    public Task ReadyAsync(CancellationToken cancellationToken = default) =>
        Process.WaitUntilReadyAsync(probe => AnswersAsync("readyz", probe), TimeSpan.FromSeconds(30), cancellationToken);

    /// <summary>The admin token that an api wrote at its first start.</summary>
    /// <exception cref="PeerException">It wrote none: it has not the role `api`, or another one was first.</exception>
    public async Task<string> ReadAdminTokenAsync(CancellationToken cancellationToken = default)
    {
        var file = Path.Combine(DataDirectory, "admin.token");
        if (!File.Exists(file)) throw new PeerException($"{_setup.Name} wrote no {file}");
        return (await File.ReadAllTextAsync(file, cancellationToken)).Trim();
    }

    protected override ChildProcess StartProcess()
    {
        var program = Locate();
        // appsettings.json is looked for in the working directory.
        return ChildProcess.Start(_setup.Name, "dotnet", [program], _setup.WriteEnvironment(Address, DataDirectory), Path.GetDirectoryName(program));
    }

    protected override Task<bool> IsReadyAsync(CancellationToken cancellationToken) => AnswersAsync("readyz", cancellationToken);

    protected override void CleanUp()
    {
        if (_ownsDirectory && Directory.Exists(DataDirectory)) Directory.Delete(DataDirectory, recursive: true);
    }

    private static async Task<ServerProcess> StartAsync(ServerSetup setup, bool untilReady, CancellationToken cancellationToken)
    {
        var server = new ServerProcess(setup);
        try
        {
            await server.LaunchAsync(untilReady ? server.IsReadyAsync : probe => server.AnswersAsync("healthz", probe), cancellationToken);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    private static string Locate()
    {
        var configuration = typeof(ServerProcess).Assembly.GetCustomAttribute<AssemblyConfigurationAttribute>()!.Configuration;
        var program = Path.Combine(PeerLocator.RepositoryRoot, "src", "TrafficShifter.Server", "bin", configuration, "net10.0", "TrafficShifter.Server.dll");
        return File.Exists(program) ? program : throw new PeerException($"{program} is not there. Build it: dotnet build TrafficShifter.sln -c {configuration}");
    }

    private async Task<bool> AnswersAsync(string path, CancellationToken cancellationToken)
    {
        using var answer = await Http.GetAsync(new Uri(Address, path), cancellationToken);
        return answer.IsSuccessStatusCode;
    }
}
