using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Security;

/// <summary>The certificates between apis and agents as their files have them at one moment.</summary>
internal sealed class CertificateSet
{
    private static readonly Oid ServerUse = new("1.3.6.1.5.5.7.3.1");
    private readonly SslStreamCertificateContext? _own;

    private CertificateSet(X509Certificate2Collection? authorities, SslStreamCertificateContext? own)
    {
        (Authorities, _own) = (authorities, own);
        Client = ForClient();
    }

    public X509Certificate2Collection? Authorities { get; }

    /// <summary>How an api asks agents by these.</summary>
    public SslClientAuthenticationOptions Client { get; }

    /// <summary>Each with the setting that names its file. Of several authorities the one that ends first.</summary>
    public IEnumerable<(string Setting, X509Certificate2 Certificate)> All
    {
        get
        {
            if (Authorities?.MinBy(a => a.NotAfter) is { } authority) yield return ("Agent:Authorities", authority);
            if (_own is not null) yield return ("Agent:ClientCertificate", _own.TargetCertificate);
        }
    }

    /// <exception cref="ConfigurationException">A file cannot be read or holds no certificate; the message names the setting.</exception>
    public static CertificateSet Read(AgentOptions options)
    {
        var authorities = options.Authorities is { Length: > 0 } path ? ReadAll(path, "Agent:Authorities") : null;
        if (options.ClientCertificate is not { Length: > 0 } file) return new CertificateSet(authorities, null);
        if (options.ClientKey is not { Length: > 0 } key) throw new ConfigurationException("Agent:ClientKey: the private key of Agent:ClientCertificate is not set");
        try
        {
            // Linux takes a key from PEM as it is; elsewhere TLS wants it from a store, which the export makes.
            using var pem = X509Certificate2.CreateFromPemFile(file, key);
            var certificate = X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null);
            return new CertificateSet(authorities, SslStreamCertificateContext.Create(certificate, ReadAll(file, "Agent:ClientCertificate"), offline: true));
        }
        catch (Exception bad) when (bad is CryptographicException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"Agent:ClientCertificate: {file} with the key {key} cannot be used: {bad.Message}");
        }
    }

    /// <summary>Tells what the files hold from what they held before, by their content: a file that is replaced by a link has no newer date.</summary>
    public static string Fingerprint(AgentOptions options) =>
        string.Join(' ', new[] { options.Authorities, options.ClientCertificate, options.ClientKey }.Select(path => path is { Length: > 0 } ? HashOf(path) : "-"));

    /// <summary>Whether one of <see cref="Authorities"/> signed it for this use.</summary>
    /// <param name="sent">With what was sent in between.</param>
    public bool IsSigned(X509Certificate2 certificate, X509Chain? sent, Oid use)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.AddRange(Authorities!);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.ApplicationPolicy.Add(use);
        foreach (var element in sent?.ChainElements.Skip(1) ?? []) chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build(certificate);
    }

    private SslClientAuthenticationOptions ForClient()
    {
        var options = new SslClientAuthenticationOptions();
        if (_own is not null) options.ClientCertificateContext = _own;
        if (Authorities is not null)
            options.RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
                !errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch) && certificate is X509Certificate2 shown && IsSigned(shown, chain, ServerUse);
        return options;
    }

    private static string HashOf(string path)
    {
        try
        {
            return Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return unreadable.GetType().Name;
        }
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
