using System.Diagnostics;
using System.Globalization;
using TrafficShifter.Faults.Stack;
using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Load;

/// <summary>Users of all applications in turn, on every node at the same even rate; each request that fails is kept with its time and reason.</summary>
/// <remarks>A request begins at its moment whether or not those before it were answered, up to <see cref="MostUnderWay"/>: a node that hangs is felt by as many users as in life.</remarks>
internal sealed class UserLoad : IAsyncDisposable
{
    public const int PerSecondAndNode = 40;
    public const int MostUnderWay = 400;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private readonly CancellationTokenSource _stop = new();
    private readonly HttpMessageInvoker _client = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false, ActivityHeadersPropagator = null });
    private readonly Lock _lock = new();
    private readonly List<FailedRequest> _failed = [];
    private readonly long[] _requests;
    private readonly Task[] _running;

    public UserLoad(FaultStack stack)
    {
        _requests = new long[stack.HAProxies.Count];
        _running = [.. stack.HAProxies.Select((haproxy, node) => Task.Run(() => SendAllAsync(node, haproxy.FrontendUrl)))];
    }

    /// <summary>What became of all so far; requests under way are not in it.</summary>
    public LoadResult Now
    {
        get
        {
            lock (_lock) return new LoadResult([.. _requests], [.. _failed]);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_running);
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task SendAllAsync(int node, Uri frontend)
    {
        var begun = Stopwatch.GetTimestamp();
        var underWay = new List<Task>();
        for (var number = 0L; !_stop.IsCancellationRequested; number++)
        {
            var wait = TimeSpan.FromSeconds(number / (double)PerSecondAndNode) - Stopwatch.GetElapsedTime(begun);
            if (wait > TimeSpan.Zero) await Task.Delay(wait, CancellationToken.None);
            underWay.RemoveAll(task => task.IsCompleted);
            if (underWay.Count >= MostUnderWay) await Task.WhenAny(underWay);
            underWay.Add(SendAsync(node, frontend, TestedApp.All[(int)(number % TestedApp.All.Count)]));
        }
        await Task.WhenAll(underWay);
    }

    private async Task SendAsync(int node, Uri frontend, TestedApp app)
    {
        var sent = OperationLog.Now;
        var reason = await FindFailureAsync(frontend, app.Host);
        lock (_lock)
        {
            _requests[node]++;
            if (reason is not null) _failed.Add(new FailedRequest(node, app.Name, sent, OperationLog.Now, reason));
        }
    }

    private async Task<string?> FindFailureAsync(Uri frontend, string host)
    {
        using var patience = new CancellationTokenSource(Patience);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, frontend) { Headers = { Host = host } };
            using var answer = await _client.SendAsync(request, patience.Token);
            await answer.Content.CopyToAsync(System.IO.Stream.Null, patience.Token);
            return answer.IsSuccessStatusCode ? null : ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
        }
        catch (OperationCanceledException)
        {
            return "timeout";
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            return "connection";
        }
    }
}
