using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Demo.Upstream;

/// <summary>Kestrel and nothing else: no logs, no routing, no configuration, one handler. Cheap enough for thousands of requests a second in a test.</summary>
internal static class QuietWeb
{
    /// <param name="address">Where it listens; null: 127.0.0.1.</param>
    /// <exception cref="PeerException">A port is taken.</exception>
    public static async Task<WebApplication> StartAsync(string purpose, IEnumerable<int> ports, RequestDelegate handle, CancellationToken cancellationToken, IPAddress? address = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            foreach (var port in ports) kestrel.Listen(address ?? IPAddress.Loopback, port);
        });
        builder.Services.AddSingleton<IHostLifetime, OwnersLifetime>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMilliseconds(500));
        var app = builder.Build();
        app.Run(handle);
        try
        {
            await app.StartAsync(cancellationToken);
            return app;
        }
        catch (IOException taken)
        {
            await app.DisposeAsync();
            throw new PeerException($"{purpose} could not listen: {taken.Message}", taken);
        }
    }

    /// <summary>Lives until its owner stops it; the default would stop it on Ctrl-C by itself, before those who still use it.</summary>
    private sealed class OwnersLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
