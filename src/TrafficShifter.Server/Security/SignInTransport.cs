using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace TrafficShifter.Server.Security;

/// <summary>Where a token may be exchanged for a cookie: over TLS, here or at a listed proxy, and on this machine.</summary>
/// <remarks>A cookie that goes over plain HTTP is anybody's on the way, and one that is not <c>Secure</c> goes there whenever a link says so.</remarks>
public sealed partial class SignInTransport(SessionLimits options, IServer server, IHostApplicationLifetime lifetime, ILogger<SignInTransport> logger) : IHostedService
{
    /// <summary>Why nobody signs in this way, as a sentence; null when they may.</summary>
    public string? FindProblem(HttpContext http)
    {
        if (SessionCookie.IsSecure(http)) return null;
        if (http.Request.Headers["X-Forwarded-Proto"].ToString().Equals("https", StringComparison.OrdinalIgnoreCase))
            return "A proxy says that it ended TLS (X-Forwarded-Proto), and its address is not in Proxy:Networks: the cookie could not be kept to TLS. List the proxy there, without Proxy:Grants if it signs nobody in";
        if (options.PlainHttp || http.Connection.RemoteIpAddress is not { } from || IPAddress.IsLoopback(from)) return null;
        return "Over plain HTTP the token and the cookie can be read on the way. Serve HTTPS (Kestrel:Endpoints), or list the proxy that ends TLS in Proxy:Networks and let it send X-Forwarded-Proto";
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(Tell);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Tell()
    {
        var plain = server.Features.Get<IServerAddressesFeature>()?.Addresses.Where(a => a.StartsWith("http://", StringComparison.OrdinalIgnoreCase) && !IsLoopback(a)).ToList() ?? [];
        if (plain.Count == 0) return;
        if (options.PlainHttp) LogTaken(string.Join(", ", plain));
        else LogRefused(string.Join(", ", plain));
    }

    private static bool IsLoopback(string address) => Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.IsLoopback;

    [LoggerMessage(EventId = 460, Level = LogLevel.Warning, Message = "{Addresses} is plain HTTP: sign-in is taken there from every machine (Session:PlainHttp), and tokens and cookies can be read on the way")]
    private partial void LogTaken(string addresses);

    [LoggerMessage(EventId = 461, Level = LogLevel.Warning, Message = "{Addresses} is plain HTTP: nobody signs in to the dashboard there but from this machine, or through a proxy of Proxy:Networks that ends TLS and says so (X-Forwarded-Proto)")]
    private partial void LogRefused(string addresses);
}
