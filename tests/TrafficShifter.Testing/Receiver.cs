using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TrafficShifter.Testing;

/// <summary>A request as the receiver of webhooks got it.</summary>
public sealed record Received(string Method, string Path, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public string Delivery => Headers["TrafficShifter-Delivery"];
}

/// <summary>A receiver of webhooks on loopback: keeps every request, and answers as a test says.</summary>
public sealed class Receiver : IAsyncDisposable
{
    private readonly ConcurrentQueue<Received> _received = new();
    private readonly WebApplication _app;

    private Receiver(WebApplication app) => _app = app;

    /// <summary>How it answers; default 204.</summary>
    public Func<HttpContext, Task> Answer { get; set; } = http => { http.Response.StatusCode = 204; return Task.CompletedTask; };

    public int Port => new Uri(_app.Urls.Single()).Port;

    public IReadOnlyList<Received> Received => [.. _received];

    /// <param name="certificate">Answers over TLS, and shows it.</param>
    public static async Task<Receiver> StartAsync(X509Certificate2? certificate = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        if (certificate is null) builder.WebHost.UseUrls("http://127.0.0.1:0");
        else builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(certificate)));
        var app = builder.Build();
        var receiver = new Receiver(app);
        app.Run(receiver.TakeAsync);
        await app.StartAsync();
        return receiver;
    }

    public static Func<HttpContext, Task> Status(int status) => http => { http.Response.StatusCode = status; return Task.CompletedTask; };

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task TakeAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync();
        _received.Enqueue(new Received(http.Request.Method, http.Request.Path, body, http.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase)));
        await Answer(http);
    }
}
