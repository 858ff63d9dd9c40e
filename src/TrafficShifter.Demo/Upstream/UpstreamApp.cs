using System.Net;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Demo.Upstream;

/// <summary>Ports: one for each server of a colour, and the admin port.</summary>
public sealed record UpstreamPorts(IReadOnlyList<int> Blue, IReadOnlyList<int> Green, int Admin)
{
    /// <summary>Where they are open; 127.0.0.1 unless the application runs in a container of its own.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    public static UpstreamPorts Free(int blue = 2, int green = 2) =>
        new([.. Enumerable.Range(0, blue).Select(_ => FreePorts.Take())], [.. Enumerable.Range(0, green).Select(_ => FreePorts.Take())], FreePorts.Take());
}

/// <summary>The application whose traffic is shifted: two colours of it, each of which can be made to fail, slow down or refuse while it runs.</summary>
public sealed class UpstreamApp : IAsyncDisposable
{
    private readonly ColourServers _blue;
    private readonly ColourServers _green;
    private UpstreamAdmin? _admin;

    private UpstreamApp(UpstreamPorts ports)
    {
        _blue = new ColourServers(Colour.Blue, ports.Blue, ports.Address);
        _green = new ColourServers(Colour.Green, ports.Green, ports.Address);
        Admin = new Uri($"http://127.0.0.1:{ports.Admin}/");
    }

    /// <summary>Where <c>GET /colours</c> and <c>PUT /colours/{colour}</c> are.</summary>
    public Uri Admin { get; }

    /// <summary>Starts it with both colours healthy.</summary>
    /// <param name="ports">Two free ports for each colour when not given.</param>
    /// <exception cref="PeerException">A port is taken.</exception>
    public static async Task<UpstreamApp> StartAsync(UpstreamPorts? ports = null, CancellationToken cancellationToken = default)
    {
        ports ??= UpstreamPorts.Free();
        var app = new UpstreamApp(ports);
        try
        {
            await app.SetAsync(Colour.Blue, ColourBehaviour.Healthy, cancellationToken);
            await app.SetAsync(Colour.Green, ColourBehaviour.Healthy, cancellationToken);
            app._admin = await UpstreamAdmin.StartAsync(app, ports.Admin, ports.Address, cancellationToken);
            return app;
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>The ports of a colour's servers, in the order of their names.</summary>
    public IReadOnlyList<int> PortsOf(Colour colour) => Of(colour).Ports;

    public ColourReport Report(Colour colour) => Of(colour).Report();

    /// <summary>Returns when all servers of the colour behave so.</summary>
    /// <exception cref="ArgumentException">The behaviour is not possible; the message says why.</exception>
    public Task SetAsync(Colour colour, ColourBehaviour behaviour, CancellationToken cancellationToken = default) =>
        behaviour.FindProblem() is { } problem ? throw new ArgumentException(problem, nameof(behaviour)) : Of(colour).SetAsync(behaviour, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_admin is not null) await _admin.DisposeAsync();
        await _blue.DisposeAsync();
        await _green.DisposeAsync();
    }

    private ColourServers Of(Colour colour) => colour == Colour.Blue ? _blue : _green;
}
