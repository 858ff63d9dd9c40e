using System.Net.WebSockets;
using System.Text;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>A user with a WebSocket open through HAProxy.</summary>
public sealed class WebSocketUser : IDisposable
{
    private readonly ClientWebSocket _socket = new();

    public static async Task<WebSocketUser> OpenAsync(HAProxyProcess haproxy, string host)
    {
        var user = new WebSocketUser();
        user._socket.Options.SetRequestHeader("Host", host);
        await user._socket.ConnectAsync(new Uri($"ws://127.0.0.1:{haproxy.FrontendPort}/"), CancellationToken.None);
        return user;
    }

    /// <summary>Says something and returns the answer; null when the connection has ended.</summary>
    public async Task<string?> SayAsync(string text)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, patience.Token);
            var buffer = new byte[200];
            var received = await _socket.ReceiveAsync(buffer, patience.Token);
            return received.MessageType == WebSocketMessageType.Text ? Encoding.UTF8.GetString(buffer, 0, received.Count) : null;
        }
        catch (WebSocketException)
        {
            return null;
        }
    }

    public void Dispose() => _socket.Dispose();
}
