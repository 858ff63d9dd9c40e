using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using TrafficShifter.Core.Egress;

namespace TrafficShifter.Server.Egress;

/// <summary>How a call out ended.</summary>
public abstract record EgressReply
{
    private EgressReply() { }

    /// <param name="Text">At most <see cref="EgressClient.MaxReplyBytes"/> of the reply; what is beyond, or too late, is not read.</param>
    /// <param name="Header">The value of the header that was asked for, several joined by commas; null when there is none, or none was asked for.</param>
    public sealed record Answered(int Status, string Text, string? Header = null) : EgressReply;

    /// <summary>It may not be called; nothing was sent.</summary>
    public sealed record Forbidden(string Problem) : EgressReply;

    /// <summary>It may be called and did not answer. Whether it heard is not known.</summary>
    public sealed record Silent(string Problem) : EgressReply;
}

/// <summary>The one way out to addresses that people wrote: webhooks and hooks. Every connection is to an address that was checked after its name was looked up.</summary>
/// <remarks>
/// 1. The URL is checked as it is written. 2. When a connection is made, the name is looked up once, every address is checked, and only those are
/// connected to. No redirects, no proxy, no cookies, replies up to 64 KiB, one time-out for all of it.
/// </remarks>
public sealed class EgressClient : IDisposable
{
    public const int MaxReplyBytes = 64 * 1024;

    private readonly EgressPolicy _policy;
    private readonly EgressResolver _resolve;
    private readonly HttpClient _http;
    private readonly TimeProvider _time;

    public EgressClient(EgressPolicy policy, EgressResolver resolve, TimeProvider time, EgressTrust trust)
        : this(policy, resolve, time, trust, 8)
    {
    }

    /// <param name="connectionsPerServer">Most requests to one server at a time; more wait, within their time-out.</param>
    public EgressClient(EgressPolicy policy, EgressResolver resolve, TimeProvider time, EgressTrust trust, int connectionsPerServer)
    {
        _policy = policy;
        _resolve = resolve;
        _time = time;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 16,
            MaxResponseDrainSize = 0,
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            MaxConnectionsPerServer = connectionsPerServer,
            ActivityHeadersPropagator = null,
            ConnectCallback = ConnectAsync,
            SslOptions = trust.ForClient(),
        }) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Posts JSON. Never throws for what the other side does.</summary>
    /// <param name="timeout">For the look-up, the connection, the request and the reply together.</param>
    public async Task<EgressReply> PostAsync(Uri url, string json, IReadOnlyDictionary<string, string> headers, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json")) };
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await SendAsync(request, url, timeout, cancellationToken);
    }

    /// <summary>Asks by HEAD whether the URL may be called and answers, with nothing posted. Never throws for what the other side does.</summary>
    /// <param name="timeout">For all of it together.</param>
    public async Task<EgressReply> ProbeAsync(Uri url, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, url);
        return await SendAsync(request, url, timeout, cancellationToken);
    }

    /// <summary>Asks by a method without a body. Never throws for what the other side does, nor for a header that cannot be sent.</summary>
    /// <param name="wanted">A header of the reply that is to be returned; null: none.</param>
    /// <param name="timeout">For all of it together.</param>
    public async Task<EgressReply> AskAsync(HttpMethod method, Uri url, IReadOnlyDictionary<string, string> headers, string? wanted, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, url);
        foreach (var (name, value) in headers)
            if (value.Any(char.IsControl) || !request.Headers.TryAddWithoutValidation(name, value)) return new EgressReply.Forbidden($"the header {name} cannot be sent");
        return await SendAsync(request, url, timeout, cancellationToken, wanted);
    }

    private async Task<EgressReply> SendAsync(HttpRequestMessage request, Uri url, TimeSpan timeout, CancellationToken cancellationToken, string? wanted = null)
    {
        if (_policy.FindProblem(url.OriginalString) is { } problem) return new EgressReply.Forbidden(problem);
        using var patience = new CancellationTokenSource(timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var text = await ReadAsync(response.Content, either.Token, cancellationToken);
            return new EgressReply.Answered((int)response.StatusCode, text, wanted is null ? null : Find(response, wanted));
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return new EgressReply.Silent(string.Create(CultureInfo.InvariantCulture, $"{url.IdnHost} did not answer within {timeout.TotalSeconds} s"));
        }
        // A connection that is reset in the moment in which it stands comes as the socket's own exception.
        catch (Exception failed) when (failed is HttpRequestException or SocketException)
        {
            if (Find<ForbiddenAddressException>(failed) is { } forbidden) return new EgressReply.Forbidden(forbidden.Message);
            return new EgressReply.Silent($"{url.IdnHost} could not be called: {(Find<UntrustedCertificateException>(failed) ?? failed.InnerException ?? failed).Message}");
        }
    }

    public void Dispose() => _http.Dispose();

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var host = context.DnsEndPoint.Host;
        var addresses = await ResolveAsync(host, cancellationToken);
        if (_policy.FindProblem(host, addresses) is { } problem) throw new ForbiddenAddressException(problem);
        SocketException? last = null;
        foreach (var address in addresses)
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, context.DnsEndPoint.Port), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException away)
            {
                socket.Dispose();
                last = away;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw last!;
    }

    private async Task<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken) =>
        IPAddress.TryParse(host.Trim('[', ']'), out var address) ? [address] : await _resolve(host, cancellationToken);

    /// <summary>What came of the reply within the limit and the time. The status has said all that matters: one whose text breaks off was an answer.</summary>
    private static async Task<string> ReadAsync(HttpContent content, CancellationToken patience, CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(MaxReplyBytes);
        var length = 0;
        try
        {
            await using var stream = await content.ReadAsStreamAsync(patience);
            while (length < MaxReplyBytes && await stream.ReadAsync(buffer.AsMemory(length, MaxReplyBytes - length), patience) is > 0 and var read) length += read;
        }
        catch (Exception cut) when (cut is IOException || (cut is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            // What is there is there.
        }
        var text = Encoding.UTF8.GetString(buffer, 0, length);
        ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        return text;
    }

    private static string? Find(HttpResponseMessage response, string name) =>
        response.Headers.NonValidated.TryGetValues(name, out var values) || response.Content.Headers.NonValidated.TryGetValues(name, out values) ? string.Join(", ", values) : null;

    private static T? Find<T>(Exception failed)
        where T : Exception
    {
        for (var inner = failed; inner is not null; inner = inner.InnerException)
            if (inner is T found) return found;
        return null;
    }

    /// <summary>Carries the refusal out of the connection.</summary>
    private sealed class ForbiddenAddressException(string message) : Exception(message);
}
