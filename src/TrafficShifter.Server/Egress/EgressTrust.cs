using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Egress;

/// <summary>Whose certificates are believed where something is called over TLS: those of the system's authorities, and of <c>Egress:Authorities</c>.</summary>
/// <remarks>The name and the dates are always checked. Revocation is not asked for: it would be one more way out, to an address that nobody listed.</remarks>
public sealed class EgressTrust
{
    public static readonly EgressTrust OfSystem = new([]);

    private readonly X509Certificate2Collection _authorities;

    private EgressTrust(X509Certificate2Collection authorities) => _authorities = authorities;

    /// <exception cref="ConfigurationException">The file cannot be read or has no certificate in it; the message names the setting.</exception>
    public static EgressTrust Read(EgressOptions options)
    {
        if (options.Authorities is not { Length: > 0 } path) return OfSystem;
        var authorities = new X509Certificate2Collection();
        try
        {
            authorities.ImportFromPemFile(path);
        }
        catch (Exception bad) when (bad is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"Egress:Authorities: {path} cannot be used: {bad.Message}");
        }
        return authorities.Count > 0 ? new EgressTrust(authorities) : throw new ConfigurationException($"Egress:Authorities: {path} has no certificate in it");
    }

    internal SslClientAuthenticationOptions ForClient() => new() { RemoteCertificateValidationCallback = Check };

    /// <exception cref="UntrustedCertificateException">It is not believed; the message says why.</exception>
    private bool Check(object sender, X509Certificate? shown, X509Chain? sent, SslPolicyErrors errors)
    {
        if (errors == SslPolicyErrors.None) return true;
        if (shown is not X509Certificate2 certificate) throw new UntrustedCertificateException("it shows no certificate");
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch)) throw new UntrustedCertificateException($"its certificate is of {certificate.Subject} and not for this name");
        return FindProblem(certificate, sent) is { } problem ? throw new UntrustedCertificateException(problem) : true;
    }

    private string? FindProblem(X509Certificate2 certificate, X509Chain? sent)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = _authorities.Count > 0 ? X509ChainTrustMode.CustomRootTrust : X509ChainTrustMode.System;
        chain.ChainPolicy.CustomTrustStore.AddRange(_authorities);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(new Oid("1.3.6.1.5.5.7.3.1"));
        foreach (var element in sent?.ChainElements.Skip(1) ?? []) chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        if (chain.Build(certificate)) return null;
        return chain.ChainStatus.Any(s => s.Status.HasFlag(X509ChainStatusFlags.NotTimeValid))
            ? string.Create(CultureInfo.InvariantCulture, $"its certificate is valid from {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} to {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC")
            : $"its certificate is of {certificate.Issuer}, which is trusted neither by this machine nor by Egress:Authorities ({string.Join(", ", chain.ChainStatus.Select(s => s.Status))})";
    }
}

/// <summary>Carries the refusal out of the handshake.</summary>
internal sealed class UntrustedCertificateException(string message) : Exception(message);
