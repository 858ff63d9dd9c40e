using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TrafficShifter.VictoriaMetrics.Tests;

/// <summary>Says to every request exactly what a test wants, down to the bytes: what a healthy server never does.</summary>
internal sealed class StubServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly string _reply;
    private readonly bool _hangs;
    private readonly Task _serving;

    private StubServer(string reply, bool hangs)
    {
        (_reply, _hangs) = (reply, hangs);
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/");

    /// <summary>The last request, as it came over the wire.</summary>
    public string? Request { get; private set; }

    /// <summary>Takes requests and never answers.</summary>
    public static StubServer Hanging() => new("", hangs: true);

    /// <summary>Answers with these bytes and then neither goes on nor closes.</summary>
    public static StubServer HangingAfter(string reply) => new(reply, hangs: true);

    /// <summary>Answers with these bytes and closes the connection.</summary>
    public static StubServer Saying(string reply) => new(reply, hangs: false);

    public static StubServer Answering(int status, string body) =>
        new($"HTTP/1.1 {status} Status\r\nContent-Type: application/json\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}", hangs: false);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _serving;
        _stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                using var connection = await _listener.AcceptTcpClientAsync(_stopping.Token);
                await AnswerAsync(connection.GetStream());
            }
        }
        catch (Exception ended) when (ended is OperationCanceledException or SocketException or IOException)
        {
        }
    }

    private async Task AnswerAsync(NetworkStream stream)
    {
        var buffer = new byte[16 * 1024];
        var text = new StringBuilder();
        while (!IsWhole(text.ToString()))
        {
            var read = await stream.ReadAsync(buffer, _stopping.Token);
            if (read == 0) return;
            text.Append(Encoding.UTF8.GetString(buffer, 0, read));
        }
        Request = text.ToString();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(_reply), _stopping.Token);
        if (_hangs) await Task.Delay(Timeout.Infinite, _stopping.Token);
    }

    private static bool IsWhole(string request)
    {
        var end = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (end < 0) return false;
        var length = request[..end].Split("\r\n").First(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        return request.Length - end - 4 >= int.Parse(length["Content-Length:".Length..], System.Globalization.CultureInfo.InvariantCulture);
    }
}
