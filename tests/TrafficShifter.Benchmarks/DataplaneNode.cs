using System.Globalization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Demo.Peers;
using TrafficShifter.HAProxy;
using TrafficShifter.HAProxy.Maps;

namespace TrafficShifter.Benchmarks;

/// <summary>
/// A HAProxy with one thread and three frontends: a plain backend of two servers, the snippet of `map` routing, and the reference configuration, which
/// has the same rules and an access log.
/// </summary>
internal sealed class DataplaneNode : IAsyncDisposable
{
    private readonly HAProxyProcess _process;
    private readonly int _worker;
    private readonly RuntimeMaps _maps;

    private DataplaneNode(HAProxyProcess process, int worker, int plainPort, int mapPort)
    {
        (_process, _worker, PlainPort, MapPort) = (process, worker, plainPort, mapPort);
        _maps = new RuntimeMaps(new RuntimeApiClient(RuntimeApiAddress.Parse(process.RuntimeApiSocket), new RuntimeApiOptions()), process.MapsFolder);
    }

    public int PlainPort { get; }

    /// <summary>`map` routing without a log.</summary>
    public int MapPort { get; }

    /// <summary>`map` routing with each request's line in a ring that a TCP server reads.</summary>
    public int LoggedPort => _process.FrontendPort;

    /// <param name="logReaderPort">Where the access log is read.</param>
    /// <param name="apps">Applications in the maps; each beyond the first ones has a pool of its own.</param>
    public static async Task<DataplaneNode> StartAsync(DataplaneOrigin origin, int apps, int logReaderPort, CancellationToken cancellationToken)
    {
        var (plain, map) = (FreePorts.Take(), FreePorts.Take());
        var folder = Directory.CreateTempSubdirectory("dataplane-").FullName;
        MappedApp[] some = [Mapped("random", MapMode.Random), Mapped("sticky", MapMode.Sticky), Mapped("rules", MapMode.Sticky) with { Rules = new TargetRules { OptOut = [UserId.Parse("nobody")] } }];
        var others = Enumerable.Range(1, apps - 1).Select(n => Mapped($"app{n}", MapMode.Random) with { Pool = PoolName.Parse($"pool{n}") }).ToList();
        new MapFolder(Path.Combine(folder, "maps")).Write(MapImage.Of([.. some, .. others]).Image);
        var process = await HAProxyProcess.StartAsync(
            new HAProxySetup
            {
                Name = "haproxy under load",
                Directory = folder,
                Configuration = await WriteConfigurationAsync(folder, cancellationToken),
                TrustedSources = ["127.0.0.1"],
                Backends = [Backend("plain", [Blue(), Green(10)]), .. some.Take(1).Concat(others).Select(app => app.Pool).SelectMany(Pool)],
                LogReaderPort = logReaderPort,
                ExtraConfiguration = Extra(plain, map),
            },
            cancellationToken);
        var info = await process.AskAsync("show info", cancellationToken);
        var pid = info.Split('\n').Single(line => line.StartsWith("Pid: ", StringComparison.Ordinal));
        return new DataplaneNode(process, int.Parse(pid.AsSpan(5), CultureInfo.InvariantCulture), plain, map);

        HAProxyServer Blue() => new("blue1", origin.BluePort, 90, Checked: false);
        HAProxyServer Green(int weight) => new("green1", origin.GreenPort, weight, Checked: false);
        IEnumerable<HAProxyBackend> Pool(PoolName pool) => [Backend($"{pool}_blue", [Blue()]), Backend($"{pool}_green", [Green(100)])];
        static HAProxyBackend Backend(string name, IReadOnlyList<HAProxyServer> servers) => new(name, [], servers);
    }

    /// <summary>Sets one application's row, and reads it back.</summary>
    public Task ShiftAsync(string app, MapMode mode, Share green, CancellationToken cancellationToken) =>
        _maps.ApplyAsync(MapFile.Apps, [(Mapped(app, mode) with { Green = green }).Row.ToMapRow()], [], cancellationToken);

    /// <summary>CPU time of the worker so far.</summary>
    public double ReadCpuMicroseconds() => ProcessCpu.ReadMicroseconds(_worker);

    /// <summary>Requests that the frontend of the reference configuration was given so far.</summary>
    public async Task<long> CountRequestsAsync(CancellationToken cancellationToken)
    {
        var rows = (await _process.AskAsync("show stat http 1 -1", cancellationToken)).Split('\n');
        var column = rows[0].Split(',').IndexOf("req_tot");
        return long.Parse(rows[1].Split(',')[column], CultureInfo.InvariantCulture);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();

    private static MappedApp Mapped(string name, MapMode mode) => new()
    {
        Name = AppName.Parse(name), Hosts = [HostName.Parse($"{name}.test")], Pool = PoolName.Parse("web"), Mode = mode, Green = Share.Parse("10%"),
    };

    /// <summary>The reference configuration with one thread: since 3.0 that cannot be said in a later file.</summary>
    private static async Task<string> WriteConfigurationAsync(string folder, CancellationToken cancellationToken)
    {
        const string Threads = "    nbthread 2\n";
        var reference = await File.ReadAllTextAsync(Path.Combine(PeerLocator.RepositoryRoot, "haproxy", "map.cfg"), cancellationToken);
        if (!reference.Contains(Threads, StringComparison.Ordinal)) throw new PeerException("haproxy/map.cfg does not say how many threads there are");
        var path = Path.Combine(folder, "map.cfg");
        await File.WriteAllTextAsync(path, reference.Replace(Threads, "    nbthread 1\n", StringComparison.Ordinal), cancellationToken);
        return path;
    }

    private static string Extra(int plain, int map) => string.Create(CultureInfo.InvariantCulture, $"""
        frontend plain
            bind 127.0.0.1:{plain}
            no log
            default_backend plain
        frontend map
            bind 127.0.0.1:{map}
            no log
        {Snippet("map-routing.cfg")}
            default_backend no_such_app

        """);

    private static string Snippet(string name) => File.ReadAllText(Path.Combine(PeerLocator.RepositoryRoot, "haproxy", "snippets", name));
}
