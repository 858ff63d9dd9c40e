using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TrafficShifter.HAProxy.Tests;

/// <summary>A web server that answers with its own name and whom it was told the user is, and 200 to its health check.</summary>
internal sealed class ColourServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private ColourServer(WebApplication app, int port) => (_app, Port) = (app, port);

    public int Port { get; }

    public static async Task<ColourServer> StartAsync(string name)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(context => context.Response.WriteAsync(context.Request.Headers.TryGetValue("X-User-Id", out var user) ? $"{name} for {user}" : name));
        await app.StartAsync();
        return new ColourServer(app, new Uri(app.Urls.Single()).Port);
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
