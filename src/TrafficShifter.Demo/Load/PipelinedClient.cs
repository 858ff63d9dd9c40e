using System.Net.Sockets;
using System.Text;

namespace TrafficShifter.Demo.Load;

/// <summary>One kept-alive connection that sends many requests before it reads the answers: tens of thousands in a second.</summary>
public sealed class PipelinedClient : IDisposable
{
    private const int AtOnce = 100;
    private readonly TcpClient _tcp = new();
    private byte[] _buffer = new byte[64 * 1024];
    private int _length;

    public static async Task<PipelinedClient> ConnectAsync(int port)
    {
        var client = new PipelinedClient();
        await client._tcp.ConnectAsync("127.0.0.1", port);
        client._tcp.NoDelay = true;
        return client;
    }

    public async Task<IReadOnlyList<PipelinedAnswer>> AskAsync(IReadOnlyList<PipelinedRequest> requests)
    {
        var answers = new List<PipelinedAnswer>(requests.Count);
        foreach (var chunk in requests.Chunk(AtOnce))
        {
            await _tcp.GetStream().WriteAsync(Encoding.Latin1.GetBytes(string.Concat(chunk.Select(request => request.Text))));
            for (var i = 0; i < chunk.Length; i++) answers.Add(await ReadAsync());
        }
        return answers;
    }

    public void Dispose() => _tcp.Dispose();

    private async Task<PipelinedAnswer> ReadAsync()
    {
        while (true)
        {
            var end = _buffer.AsSpan(0, _length).IndexOf("\r\n\r\n"u8);
            if (end >= 0)
            {
                var answer = PipelinedAnswer.Parse(Encoding.Latin1.GetString(_buffer, 0, end));
                var whole = end + 4 + answer.BodyLength;
                if (_length >= whole)
                {
                    _buffer.AsSpan(whole, _length - whole).CopyTo(_buffer);
                    _length -= whole;
                    return answer;
                }
            }
            if (_length == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
            var count = await _tcp.GetStream().ReadAsync(_buffer.AsMemory(_length)).AsTask().WaitAsync(TimeSpan.FromSeconds(30));
            if (count == 0) throw new EndOfStreamException("HAProxy closed the connection before all answers had come");
            _length += count;
        }
    }
}

public sealed record PipelinedRequest(string Host, string Path, IReadOnlyList<(string Name, string Value)> Headers)
{
    public string Text => $"GET {Path} HTTP/1.1\r\nHost: {Host}\r\n{string.Concat(Headers.Select(header => $"{header.Name}: {header.Value}\r\n"))}\r\n";

    public static PipelinedRequest To(string app, params (string Name, string Value)[] headers) => new($"{app}.test", "/", headers);

    public static PipelinedRequest By(string user, string app = "shop") => To(app, ("X-User-Id", user));
}

public sealed record PipelinedAnswer(int Status, IReadOnlyDictionary<string, string> Headers)
{
    public string? Colour => Headers.GetValueOrDefault("x-colour");

    /// <summary>The minted id of a Set-Cookie; null when there is none.</summary>
    public string? MintedId => Headers.TryGetValue("set-cookie", out var cookie) ? cookie.Split(';')[0]["ts_id=".Length..] : null;

    public int BodyLength => int.Parse(Headers["content-length"], System.Globalization.CultureInfo.InvariantCulture);

    public static PipelinedAnswer Parse(string head)
    {
        var lines = head.Split("\r\n");
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var line in lines.Skip(1)) headers[line[..line.IndexOf(':', StringComparison.Ordinal)]] = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        return new PipelinedAnswer(int.Parse(lines[0].AsSpan(9, 3), System.Globalization.CultureInfo.InvariantCulture), headers);
    }
}
