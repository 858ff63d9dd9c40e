using System.Diagnostics;
using System.Net;

namespace TrafficShifter.Demo.Load;

/// <summary>Sends GET requests at a bounded rate over kept-alive connections and counts what became of each one.</summary>
/// <remarks>
/// A request on a kept-alive connection that the server had closed before it answered anything is sent again on another
/// connection, as browsers and proxies do; that is no failure.
/// </remarks>
public sealed class LoadGenerator
{
    private readonly LoadCounters _counters = new();
    private readonly LoadOptions _options;
    private long _begun;
    private long _started;
    private TimeSpan? _elapsed;

    /// <exception cref="ArgumentException">The options are impossible; the message says why.</exception>
    public LoadGenerator(LoadOptions options)
    {
        options.Validate();
        _options = options;
    }

    /// <summary>What happened so far. Requests under way are not in it.</summary>
    public LoadReport Snapshot() => _counters.Report(_elapsed ?? (_started == 0 ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_started)));

    /// <summary>
    /// Runs until the count or the duration is reached or <paramref name="stop"/> is cancelled, which is a normal end:
    /// no request is begun any more, those under way are waited for, and all are in the report.
    /// </summary>
    public async Task<LoadReport> RunAsync(CancellationToken stop = default)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (_options.Duration is { } duration) ending.CancelAfter(duration);
        using var client = new HttpMessageInvoker(new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            MaxConnectionsPerServer = _options.Concurrency,
        });
        var pacer = new Pacer(_options.RequestsPerSecond);
        _started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, _options.Concurrency).Select(_ => Task.Run(() => WorkAsync(client, pacer, ending.Token), CancellationToken.None)));
        _elapsed = Stopwatch.GetElapsedTime(_started);
        return Snapshot();
    }

    private async Task WorkAsync(HttpMessageInvoker client, Pacer pacer, CancellationToken stop)
    {
        var patience = new CancellationTokenSource();
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await pacer.NextAsync(stop);
                var number = Interlocked.Increment(ref _begun) - 1;
                if (number >= (_options.Count ?? long.MaxValue)) return;
                if (!patience.TryReset())
                {
                    patience.Dispose();
                    patience = new CancellationTokenSource();
                }
                patience.CancelAfter(_options.Timeout);
                await SendAsync(client, _options.Targets[(int)(number % _options.Targets.Count)], patience.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Cancelled while waiting for its turn: nothing was begun.
        }
        finally
        {
            patience.Dispose();
        }
    }

    private async Task SendAsync(HttpMessageInvoker client, Uri target, CancellationToken patience)
    {
        string? colour = null;
        var sent = Stopwatch.GetTimestamp();
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, target);
            request.Headers.Host = _options.Host;
            using var answer = await client.SendAsync(request, patience);
            if (answer.Headers.NonValidated.TryGetValues("X-Colour", out var values)) colour = values.ToString();
            await answer.Content.CopyToAsync(Stream.Null, patience);
            _counters.Answered(colour, (int)answer.StatusCode, Stopwatch.GetElapsedTime(sent));
        }
        catch (OperationCanceledException)
        {
            _counters.TimedOut(colour);
        }
        catch (Exception broken) when (broken is HttpRequestException or IOException)
        {
            _counters.Broken(colour, Stopwatch.GetElapsedTime(sent));
        }
    }
}
