using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;

namespace TrafficShifter.Server.Security;

/// <summary>How long a certificate of a setting is good for.</summary>
/// <param name="IsDue">It should have been replaced by now: less than 14 days are left, or a third of its life if that is shorter.</param>
public sealed record CertificateAge(string Setting, DateTimeOffset Ends, bool IsDue);

/// <summary>Mutual TLS between apis and agents: each shows a certificate that one of <c>Agent:Authorities</c> signed. Without that setting TLS is as Kestrel's own settings say.</summary>
/// <remarks>Revocation is not asked for: it would make the emergency rollback depend on one more peer. Certificates that live for days do instead; they are read again when their files change.</remarks>
public sealed class AgentCertificates
{
    private static readonly TimeSpan Notice = TimeSpan.FromDays(14);
    private static readonly Oid ClientUse = new("1.3.6.1.5.5.7.3.2");
    private readonly AgentOptions _options;
    private readonly string[] _clients;
    private volatile CertificateSet _now;
    private string _seen;

    private AgentCertificates(AgentOptions options, CertificateSet first, string seen)
    {
        (_options, _now, _seen) = (options, first, seen);
        _clients = (options.Clients ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
    }

    /// <exception cref="ConfigurationException">A file cannot be read or holds no certificate; the message names the setting.</exception>
    public static AgentCertificates Read(AgentOptions options)
    {
        if (options is { Clients.Length: > 0, Authorities: null }) throw new ConfigurationException("Agent:Clients: names of certificates say nothing without Agent:Authorities");
        var seen = CertificateSet.Fingerprint(options);
        return new AgentCertificates(options, CertificateSet.Read(options), seen);
    }

    /// <summary>Whether a client of this request has shown a certificate; a wrong one does not get as far as here.</summary>
    public bool IsShownBy(HttpContext http) => _now.Authorities is not null && http.Connection.ClientCertificate is not null;

    /// <summary>Lets Kestrel ask clients for a certificate, and end the connection of those who show a wrong one. Browsers, which have none, are served.</summary>
    public void Require(HttpsConnectionAdapterOptions https)
    {
        if (_now.Authorities is null) return;
        https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
        https.ClientCertificateValidation = (certificate, chain, _) => _now.IsSigned(certificate, chain, ClientUse);
    }

    /// <summary>How an api asks agents; another object once the certificates are others.</summary>
    public SslClientAuthenticationOptions ForClient() => _now.Client;

    /// <summary>Looks at the files, and takes what is new in them. What cannot be used, or has expired, changes nothing.</summary>
    /// <returns>Null when there is nothing new since the last look; else the problem, empty when what is new was taken.</returns>
    public string? TryReload(DateTimeOffset now)
    {
        var seen = CertificateSet.Fingerprint(_options);
        if (seen == _seen) return null;
        _seen = seen;
        try
        {
            var next = CertificateSet.Read(_options);
            if (next.All.FirstOrDefault(c => c.Certificate.NotAfter <= now) is { Setting: { } setting, Certificate: var expired }) return $"{setting}: it expired at {expired.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC";
            _now = next;
            return "";
        }
        catch (ConfigurationException bad)
        {
            return bad.Message;
        }
    }

    /// <summary>The certificates that are in use.</summary>
    public IReadOnlyList<CertificateAge> Ages(DateTimeOffset now) =>
        [.. _now.All.Select(c => new CertificateAge(c.Setting, c.Certificate.NotAfter, c.Certificate.NotAfter - now < Least(Notice, (c.Certificate.NotAfter - c.Certificate.NotBefore) / 3)))];

    /// <summary>Refuses calls of the agent's API without a certificate, or with that of somebody else, where there are authorities.</summary>
    public static async ValueTask<object?> CheckAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var certificates = http.RequestServices.GetRequiredService<AgentCertificates>();
        if (certificates._now.Authorities is null) return await next(context);
        var refusals = http.RequestServices.GetRequiredService<Refusals>();
        if (http.Connection.ClientCertificate is not { } shown)
        {
            refusals.Note(http, "no-certificate", "agent");
            return ApiProblem.Of(401, "no-certificate", "A client certificate is needed", "Agent:Authorities is set here: the api shows a certificate that one of them signed, by Agent:ClientCertificate.");
        }
        if (certificates._clients.Length == 0 || NamesOf(shown).Intersect(certificates._clients, StringComparer.OrdinalIgnoreCase).Any()) return await next(context);
        refusals.Note(http, "other-certificate", shown.GetNameInfo(X509NameType.SimpleName, false));
        return ApiProblem.Of(403, "other-certificate", "Not an api's certificate", "Agent:Clients is set here: the client certificate has none of its names, as common name or DNS name.");
    }

    private static IEnumerable<string> NamesOf(X509Certificate2 certificate) =>
        certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().SelectMany(names => names.EnumerateDnsNames()).Append(certificate.GetNameInfo(X509NameType.SimpleName, false));

    private static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
