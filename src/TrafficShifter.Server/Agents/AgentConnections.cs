using System.Net.Security;
using TrafficShifter.Server.Security;

namespace TrafficShifter.Server.Agents;

/// <summary>Asks agents with the certificates of now: new ones begin new connections, and what is on its way ends on those before.</summary>
public sealed class AgentConnections(AgentCertificates certificates) : HttpMessageHandler
{
    private readonly Lock _gate = new();
    private SslClientAuthenticationOptions? _of;
    private HttpMessageInvoker? _current;

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) => Current().SendAsync(request, cancellationToken);

    protected override void Dispose(bool disposing)
    {
        if (disposing) _current?.Dispose();
        base.Dispose(disposing);
    }

    /// <remarks>The one before is not disposed: requests may be on their way. Its connections end by themselves when they have been idle for a minute.</remarks>
    private HttpMessageInvoker Current()
    {
        var now = certificates.ForClient();
        lock (_gate)
        {
            if (_current is { } current && ReferenceEquals(_of, now)) return current;
            (_of, _current) = (now, new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, SslOptions = now }));
            return _current;
        }
    }
}
