using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;

namespace TrafficShifter.Server.Security;

/// <summary>Mutual TLS between apis and agents: each shows a certificate that one of <c>Agent:Authorities</c> signed. Without that setting TLS is as Kestrel's own settings say.</summary>
/// <remarks>Revocation is not asked for: it would make the emergency rollback depend on one more peer. Certificates that live for days do instead.</remarks>
public sealed class AgentCertificates
{
    private static readonly Oid ClientUse = new("1.3.6.1.5.5.7.3.2");
    private static readonly Oid ServerUse = new("1.3.6.1.5.5.7.3.1");
    private readonly X509Certificate2Collection? _authorities;
    private readonly SslStreamCertificateContext? _own;

    private AgentCertificates(X509Certificate2Collection? authorities, SslStreamCertificateContext? own) => (_authorities, _own) = (authorities, own);

    /// <exception cref="ConfigurationException">A file cannot be read or holds no certificate; the message names the setting.</exception>
    public static AgentCertificates Read(AgentOptions options)
    {
        var authorities = options.Authorities is { Length: > 0 } path ? ReadAll(path, "Agent:Authorities") : null;
        if (options.ClientCertificate is not { Length: > 0 } file) return new AgentCertificates(authorities, null);
        if (options.ClientKey is not { Length: > 0 } key) throw new ConfigurationException("Agent:ClientKey: the private key of Agent:ClientCertificate is not set");
        try
        {
            // Linux takes a key from PEM as it is; elsewhere TLS wants it from a store, which the export makes.
            using var pem = X509Certificate2.CreateFromPemFile(file, key);
            var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
            return new AgentCertificates(authorities, SslStreamCertificateContext.Create(certificate, ReadAll(file, "Agent:ClientCertificate"), offline: true));
        }
        catch (Exception bad) when (bad is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"Agent:ClientCertificate: {file} with the key {key} cannot be used: {bad.Message}");
        }
    }

    /// <summary>Whether a client of this request has shown a certificate; a wrong one does not get as far as here.</summary>
    public bool IsShownBy(HttpContext http) => _authorities is not null && http.Connection.ClientCertificate is not null;

    /// <summary>Lets Kestrel ask clients for a certificate, and end the connection of those who show a wrong one. Browsers, which have none, are served.</summary>
    public void Require(HttpsConnectionAdapterOptions https)
    {
        if (_authorities is null) return;
        https.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
        https.ClientCertificateValidation = (certificate, chain, _) => IsSigned(certificate, chain, ClientUse);
    }

    /// <summary>How an api asks agents.</summary>
    public SslClientAuthenticationOptions ForClient()
    {
        var options = new SslClientAuthenticationOptions();
        if (_own is not null) options.ClientCertificateContext = _own;
        if (_authorities is not null)
            options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) && certificate is X509Certificate2 shown && IsSigned(shown, chain, ServerUse);
        return options;
    }

    /// <summary>Refuses calls of the agent's API without a certificate, where there are authorities.</summary>
    public static async ValueTask<object?> CheckAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var certificates = http.RequestServices.GetRequiredService<AgentCertificates>();
        if (certificates._authorities is null || certificates.IsShownBy(http)) return await next(context);
        http.RequestServices.GetRequiredService<Refusals>().Note(http, "no-certificate", "agent");
        return ApiProblem.Of(401, "no-certificate", "A client certificate is needed", "Agent:Authorities is set here: the api shows a certificate that one of them signed, by Agent:ClientCertificate.");
    }

    private bool IsSigned(X509Certificate2 certificate, X509Chain? sent, Oid use)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities!);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(use);
        foreach (var element in sent?.ChainElements.Skip(1) ?? []) chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build(certificate);
    }

    private static X509Certificate2Collection ReadAll(string path, string setting)
    {
        var all = new X509Certificate2Collection();
        try
        {
            all.ImportFromPemFile(path);
        }
        catch (Exception bad) when (bad is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"{setting}: {path} cannot be used: {bad.Message}");
        }
        return all.Count > 0 ? all : throw new ConfigurationException($"{setting}: {path} has no certificate in it");
    }
}
