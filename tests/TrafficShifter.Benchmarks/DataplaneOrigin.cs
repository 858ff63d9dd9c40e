using System.Globalization;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks;

/// <summary>A HAProxy that plays the servers: it answers at once, and says its colour.</summary>
internal sealed class DataplaneOrigin : IAsyncDisposable
{
    private readonly HAProxyProcess _process;

    private DataplaneOrigin(HAProxyProcess process, int blue, int green) => (_process, BluePort, GreenPort) = (process, blue, green);

    public int BluePort { get; }

    public int GreenPort { get; }

    public static async Task<DataplaneOrigin> StartAsync(CancellationToken cancellationToken)
    {
        var (blue, green) = (FreePorts.Take(), FreePorts.Take());
        var configuration = string.Create(CultureInfo.InvariantCulture, $$"""
            frontend origin
                bind 127.0.0.1:{{blue}}
                bind 127.0.0.1:{{green}}
                http-request return status 200 content-type text/plain hdr x-colour blue string "ok" if { dst_port {{blue}} }
                http-request return status 200 content-type text/plain hdr x-colour green string "ok"

            """);
        return new DataplaneOrigin(await HAProxyProcess.StartAsync(new HAProxySetup { Name = "origin", Backends = [], ExtraConfiguration = configuration }, cancellationToken), blue, green);
    }

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
