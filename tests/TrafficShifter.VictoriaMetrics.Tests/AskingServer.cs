using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Web;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.VictoriaMetrics.Tests;

/// <summary>Answers each query as a test says: with a reply, or never.</summary>
internal sealed class AskingServer : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<string, (int Status, string Body)?> _answer;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _serving;

    /// <param name="answer">Null: it never answers.</param>
    public AskingServer(Func<string, (int Status, string Body)?> answer)
    {
        _answer = answer;
        Address = new Uri($"http://127.0.0.1:{FreePorts.Take()}/");
        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Address { get; }

    /// <summary>Every query, in the order in which they came.</summary>
    public ConcurrentQueue<string> Queries { get; } = new();

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Close();
        await _serving;
        _stopping.Dispose();
    }

    private async Task ServeAsync()
    {
        var answering = new List<Task>();
        try
        {
            while (true) answering.Add(AnswerAsync(await _listener.GetContextAsync()));
        }
        catch (Exception ended) when (ended is HttpListenerException or ObjectDisposedException)
        {
            await Task.WhenAll(answering);
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            using var reader = new StreamReader(context.Request.InputStream);
            var query = HttpUtility.ParseQueryString(await reader.ReadToEndAsync())["query"]!;
            Queries.Enqueue(query);
            if (_answer(query) is not var (status, body))
            {
                await Task.Delay(Timeout.Infinite, _stopping.Token);
                return;
            }
            context.Response.StatusCode = status;
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
            context.Response.Close();
        }
        catch (Exception ended) when (ended is OperationCanceledException or HttpListenerException or ObjectDisposedException or IOException)
        {
            // The client gave up, or the test is over.
        }
    }
}
