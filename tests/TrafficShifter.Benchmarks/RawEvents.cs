using System.Net.Http.Headers;
using System.Threading.Channels;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Benchmarks;

/// <summary>The stream of events as a program reads it: when each event came, by the system's clock.</summary>
internal sealed class RawEvents : IAsyncDisposable
{
    private readonly Channel<double> _heard = Channel.CreateUnbounded<double>();
    private readonly CancellationTokenSource _end = new();
    private readonly HttpClient _http;
    private readonly StreamReader _reader;
    private readonly Task _reading;

    private RawEvents(HttpClient http, StreamReader reader)
    {
        (_http, _reader) = (http, reader);
        _reading = ReadAsync();
    }

    public static async Task<RawEvents> FollowAsync(Uri server, string token, CancellationToken cancellationToken)
    {
        var http = new HttpClient { BaseAddress = server, Timeout = Timeout.InfiniteTimeSpan, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        var reader = new StreamReader(await http.GetStreamAsync("api/v1/events", cancellationToken));
        // What is told from here on is told to us: the stream has said where it begins.
        while (await reader.ReadLineAsync(cancellationToken) is { } line && !line.StartsWith("id:", StringComparison.Ordinal)) { }
        return new RawEvents(http, reader);
    }

    /// <summary>Milliseconds since 1970 at which the next event came.</summary>
    public async Task<double> NextAsync(CancellationToken cancellationToken) => await _heard.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _reading;
        _reader.Dispose();
        _http.Dispose();
        _end.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            while (await _reader.ReadLineAsync(_end.Token) is { } line)
                if (line.StartsWith("data:", StringComparison.Ordinal)) _heard.Writer.TryWrite(DashboardBench.Now());
            _heard.Writer.TryComplete(new PeerException("the stream of events ended"));
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException or OperationCanceledException)
        {
            _heard.Writer.TryComplete(ended);
        }
    }
}
