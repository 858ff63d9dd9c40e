using System.Net;
using System.Net.Sockets;
using System.Text;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.BadInput;

/// <summary>Too much at once, or too slowly: cut, while everybody else is served.</summary>
public sealed class FloodTests(BadInputFixture fixture) : IClassFixture<BadInputFixture>
{
    private const int Megabyte = 1024 * 1024;

    [Theory]
    [InlineData("PUT", "/api/v1/apps/shop/weights", true, true)]
    [InlineData("PUT", "/api/v1/apps/shop/weights", true, false)]
    [InlineData("PUT", "/api/v1/apps/shop/targets", true, false)]
    [InlineData("POST", "/api/v1/session", false, false)]
    [InlineData("POST", "/api/v1/session", false, true)]
    [InlineData("POST", "/agent/v1/overrides", false, false)]
    public async Task A_body_of_50_MB_is_not_read(string method, string path, bool withToken, bool saysHowLong)
    {
        using var socket = await ConnectAsync();
        var token = withToken ? fixture.Server.Token : RunningServer.AgentKey;
        var authorization = path.Contains("session", StringComparison.Ordinal) ? "X-Shifter-Request: 1" : $"Authorization: Bearer {token}";
        var head = $"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{authorization}\r\n{(saysHowLong ? $"Content-Length: {50 * Megabyte}" : "Transfer-Encoding: chunked")}\r\n\r\n";
        await socket.SendAsync(Encoding.ASCII.GetBytes(head));
        var taken = await SendAsync(socket, 50, chunked: !saysHowLong);

        taken.ShouldBeLessThan(50, "the connection ends long before all of it was sent");
        (await ReadAllAsync(socket)).ShouldStartWith("HTTP/1.1 413 ");
        (await fixture.Server.PostAsync("/api/v1/apps/shop/rollback")).IsSuccess.ShouldBeTrue();
    }

    [Fact]
    public async Task Who_sends_a_request_drop_by_drop_is_cut_and_holds_up_nobody()
    {
        var slow = new List<Socket>();
        for (var i = 0; i < 200; i++)
        {
            var socket = await ConnectAsync();
            await socket.SendAsync(Encoding.ASCII.GetBytes("GET /api/v1/apps HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: "));
            slow.Add(socket);
        }

        (await fixture.Server.PostAsync("/api/v1/apps/shop/rollback")).IsSuccess.ShouldBeTrue();

        // Cut by the server: the read ends, with the answer 408 before it or with a reset.
        foreach (var socket in slow)
        {
            var answer = await ReadAllAsync(socket);
            if (answer.Length > 0) answer.ShouldStartWith("HTTP/1.1 408 ");
            socket.Dispose();
        }
    }

    [Fact]
    public async Task A_head_that_is_too_large_is_refused()
    {
        using var socket = await ConnectAsync();
        await socket.SendAsync(Encoding.ASCII.GetBytes($"GET /api/v1/apps HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Large: {new string('x', 20_000)}\r\n\r\n"));
        (await ReadAllAsync(socket)).ShouldStartWith("HTTP/1.1 431 ");
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, fixture.Server.Address.Port);
        return socket;
    }

    /// <summary>Megabytes that the server took before it ended the connection.</summary>
    private static async Task<int> SendAsync(Socket socket, int megabytes, bool chunked)
    {
        var block = chunked ? [.. Encoding.ASCII.GetBytes($"{Megabyte:x}\r\n"), .. new byte[Megabyte], .. "\r\n"u8] : new byte[Megabyte];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        for (var sent = 0; sent < megabytes; sent++)
        {
            try
            {
                for (var at = 0; at < block.Length;) at += await socket.SendAsync(block.AsMemory(at), patience.Token);
            }
            catch (Exception ended) when (ended is SocketException or OperationCanceledException)
            {
                return sent;
            }
        }
        return megabytes;
    }

    private static async Task<string> ReadAllAsync(Socket socket)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var (text, buffer) = (new StringBuilder(), new byte[4096]);
        try
        {
            while (await socket.ReceiveAsync(buffer, patience.Token) is > 0 and var count) text.Append(Encoding.ASCII.GetString(buffer, 0, count));
        }
        catch (SocketException)
        {
            // A reset ends it as well.
        }
        return text.ToString();
    }
}
