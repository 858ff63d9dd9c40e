using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Polly;
using Polly.Retry;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.Consul;

/// <summary>One request, one complete reply. Knows the token, the datacentre and the time-outs; knows nothing of what is asked.</summary>
internal sealed class ConsulTransport(ConsulOptions options, HttpClient http, TimeProvider time)
{
    // One more try heals a kept connection that Consul closed meanwhile and a leader that changes hands. Writes never get it.
    private static readonly ResiliencePipeline ReadTwice = new ResiliencePipelineBuilder()
        .AddRetry(new RetryStrategyOptions
        {
            MaxRetryAttempts = 1,
            Delay = TimeSpan.FromMilliseconds(50),
            ShouldHandle = new PredicateBuilder().Handle<StoreUnavailableException>(failed => failed.InnerException is not TimeoutException),
        })
        .Build();

    private TaskCompletionSource _doubt = NoDoubt();

    public string Name { get; } = $"Consul {options.Address.GetLeftPart(UriPartial.Authority)}";

    /// <summary>A GET that is tried once more when Consul is away. Any status is a reply; judge it with <see cref="ConsulReply"/>.</summary>
    public async Task<ConsulReply> ReadAsync(string path, string query, Func<ConsulReply, bool> isExpected, CancellationToken cancellationToken) =>
        await ReadTwice.ExecuteAsync(
            async token => (await SendAsync(HttpMethod.Get, path, query, null, token)).OrThrowUnless(isExpected),
            cancellationToken);

    /// <summary>A GET that Consul may hold open for <paramref name="wait"/>. Asked anew, for an answer at once, when another request finds its connection broken or silent.</summary>
    /// <remarks>What lies between may forget connections without a word to either end. One that only listens would not notice before its time is over, and miss every change until then.</remarks>
    public async Task<ConsulReply> BlockAsync(string path, string query, ulong index, TimeSpan wait, CancellationToken cancellationToken)
    {
        var doubt = Volatile.Read(ref _doubt).Task;
        using var listening = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var reply = SendAsync(HttpMethod.Get, path, Blocking(wait), null, wait + wait / 16 + options.RequestTimeout, listening.Token);
        if (await Task.WhenAny(reply, doubt) == doubt) await listening.CancelAsync();
        try
        {
            return await reply;
        }
        catch (OperationCanceledException) when (doubt.IsCompleted && !cancellationToken.IsCancellationRequested)
        {
            return await SendAsync(HttpMethod.Get, path, Blocking(TimeSpan.Zero), null, cancellationToken);
        }

        // wait=0s would mean Consul's default of five minutes.
        string Blocking(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{query}&index={index}&wait={Math.Max(1, (long)time.TotalMilliseconds)}ms");
    }

    public async Task<ConsulReply> SendAsync(HttpMethod method, string path, string query, byte[]? body, CancellationToken cancellationToken)
    {
        try
        {
            return await SendAsync(method, path, query, body, options.RequestTimeout, cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            Doubt();
            throw;
        }
    }

    /// <summary>Blocking queries may listen where nobody speaks any more: they are asked anew.</summary>
    public void Doubt() => Interlocked.Exchange(ref _doubt, NoDoubt()).SetResult();

    private static TaskCompletionSource NoDoubt() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task<ConsulReply> SendAsync(HttpMethod method, string path, string query, byte[]? body, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, AddressOf(path, query));
        if (options.Token is { Length: > 0 } token) request.Headers.Add("X-Consul-Token", token);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        }
        var asked = $"{method} {path}";
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using var response = await http.SendAsync(request, HttpCompletionOption.ResponseContentRead, either.Token);
            var bytes = await response.Content.ReadAsByteArrayAsync(either.Token);
            return new ConsulReply(Name, asked, response.StatusCode, FindIndex(response), bytes);
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new StoreUnavailableException($"{Name} did not answer {asked} within {limit.TotalSeconds:0.#} s", new TimeoutException());
        }
        // A connection that is reset in the moment in which it stands comes as the socket's own exception.
        catch (Exception failed) when (failed is HttpRequestException or IOException or SocketException)
        {
            throw new StoreUnavailableException($"{Name} did not answer {asked}: {failed.GetBaseException().Message}", failed);
        }
    }

    private Uri AddressOf(string path, string query)
    {
        var datacenter = options.Datacenter is { Length: > 0 } dc ? $"&dc={Uri.EscapeDataString(dc)}" : "";
        var all = (query + datacenter).TrimStart('&');
        return new Uri(options.Address, all.Length == 0 ? path : $"{path}?{all}");
    }

    private static ulong? FindIndex(HttpResponseMessage response) =>
        response.Headers.TryGetValues("X-Consul-Index", out var values)
            && ulong.TryParse(values.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                ? index
                : null;
}
