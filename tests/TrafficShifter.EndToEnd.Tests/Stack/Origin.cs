using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>One colour's server: answers with its colour, holds requests to <c>/slow</c> until it is told, and echoes WebSockets.</summary>
public sealed class Origin : IAsyncDisposable
{
    private readonly string _colour;
    private readonly TaskCompletionSource _release = new();
    private readonly SemaphoreSlim _held = new(0);
    private readonly WebApplication _app;

    private Origin(string colour)
    {
        _colour = colour;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration["urls"] = "http://127.0.0.1:0";
        _app = builder.Build();
        _app.UseWebSockets();
        _app.Run(ServeAsync);
    }

    public int Port => new Uri(_app.Urls.Single()).Port;

    public static async Task<Origin> StartAsync(string colour)
    {
        var origin = new Origin(colour);
        await origin._app.StartAsync();
        return origin;
    }

    /// <summary>Returns when a request to <c>/slow</c> is held.</summary>
    public async Task SeeHeldAsync() => (await _held.WaitAsync(TimeSpan.FromSeconds(30))).ShouldBeTrue("a slow request is in flight");

    /// <summary>Answers the requests that are held.</summary>
    public void Release() => _release.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Release();
        await _app.DisposeAsync();
        _held.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        if (context.WebSockets.IsWebSocketRequest)
        {
            await EchoAsync(context);
            return;
        }
        if (context.Request.Path == "/slow")
        {
            _held.Release();
            await _release.Task.WaitAsync(context.RequestAborted);
        }
        await context.Response.WriteAsync(_colour, context.RequestAborted);
    }

    private async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[100];
        try
        {
            while (await socket.ReceiveAsync(buffer, context.RequestAborted) is { MessageType: WebSocketMessageType.Text } received)
                await socket.SendAsync(Encoding.UTF8.GetBytes($"{_colour}: {Encoding.UTF8.GetString(buffer, 0, received.Count)}"), WebSocketMessageType.Text, endOfMessage: true, context.RequestAborted);
        }
        catch (Exception ended) when (ended is WebSocketException or OperationCanceledException)
        {
            // It was cut.
        }
    }
}
