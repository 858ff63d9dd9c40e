using System.Globalization;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Demo.Load;
using TrafficShifter.Demo.Peers;
using TrafficShifter.HAProxy.Maps;

namespace TrafficShifter.HAProxy.Tests.Maps;

/// <summary>A real HAProxy with the reference configuration for `map` routing, which also plays its own servers.</summary>
internal sealed class MapNode : IAsyncDisposable
{
    private MapNode(HAProxyProcess process)
    {
        Process = process;
        Maps = new RuntimeMaps(Client, process.MapsFolder);
        Files = new MapFolder(process.MapsFolder);
    }

    public HAProxyProcess Process { get; }

    public RuntimeApiClient Client => new(RuntimeApiAddress.Parse(Process.RuntimeApiSocket), Patient.Options);

    public RuntimeMaps Maps { get; }

    public MapFolder Files { get; }

    public static async Task<MapNode> StartAsync(bool trusted = true, string extra = "")
    {
        var (blue, green) = (FreePorts.Take(), FreePorts.Take());
        return new MapNode(await HAProxyProcess.StartAsync(
            new HAProxySetup
            {
                Configuration = "map.cfg",
                TrustedSources = trusted ? ["127.0.0.1"] : [],
                Variables = new Dictionary<string, string> { ["HAPROXY_ACCESS_LOG"] = "stdout" },
                Backends = [Pool("blue", blue), Pool("green", green)],
                ExtraConfiguration = Origin("blue", blue) + Origin("green", green) + extra,
            },
            CancellationToken.None));
    }

    public static MappedApp App(string name, string share, MapMode mode = MapMode.Sticky) => new()
    {
        Name = AppName.Parse(name), Hosts = [HostName.Parse($"{name}.test")], Pool = PoolName.Parse("web"), Green = Share.Parse(share), Mode = mode,
    };

    /// <summary>Makes the running HAProxy hold what these applications need.</summary>
    public async Task ApplyAsync(params IEnumerable<MappedApp> apps)
    {
        var (image, problems) = MapImage.Of(apps);
        problems.ShouldBeEmpty();
        foreach (var file in MapFiles.All) await Maps.MakeAsync(file, image[file], CancellationToken.None);
    }

    /// <summary>Whether this HAProxy is this version or a later one.</summary>
    public async Task<bool> IsSinceAsync(int major, int minor) =>
        Version.Parse(ShowInfo.Parse(await Process.AskAsync("show info", CancellationToken.None)).Version.Split('-')[0]) >= new Version(major, minor);

    public Task<PipelinedClient> ConnectAsync() => PipelinedClient.ConnectAsync(Process.FrontendPort);

    /// <summary>The answers to these requests, in their order, over one connection.</summary>
    public async Task<IReadOnlyList<PipelinedAnswer>> AskAsync(IReadOnlyList<PipelinedRequest> requests)
    {
        using var client = await ConnectAsync();
        return await client.AskAsync(requests);
    }

    /// <summary>The colour that this one request is served by.</summary>
    public async Task<string?> ColourOfAsync(PipelinedRequest request) => (await AskAsync([request])).Single().Colour;

    public ValueTask DisposeAsync() => Process.DisposeAsync();

    private static HAProxyBackend Pool(string colour, int port) => new($"web_{colour}", [], [new HAProxyServer($"{colour}1", port, Checked: false)]);

    private static string Origin(string colour, int port) => string.Create(CultureInfo.InvariantCulture, $$"""
        frontend origin_{{colour}}
            bind 127.0.0.1:{{port}}
            http-request return status 200 content-type text/plain hdr x-colour {{colour}} hdr x-seen-user "%[req.hdr(x-user-id)]" hdr x-seen-groups "%[req.hdr(x-user-groups)]" string "ok"

        """);
}
