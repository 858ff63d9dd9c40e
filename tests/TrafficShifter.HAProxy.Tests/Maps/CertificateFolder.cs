using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace TrafficShifter.HAProxy.Tests.Maps;

/// <summary>A certificate made for one test, as HAProxy reads it, and clients that trust it and no other.</summary>
internal sealed class CertificateFolder : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("certificate-").FullName;
    private readonly X509Certificate2 _certificate;

    public CertificateFolder()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=shop.test", key, HashAlgorithmName.SHA256);
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1));
        System.IO.File.WriteAllText(File, _certificate.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem() + "\n");
    }

    /// <summary>Certificate and key in one file.</summary>
    public string File => Path.Combine(_folder, "tls.pem");

    public HttpClient CreateClient() => new(new SocketsHttpHandler
    {
        UseProxy = false,
        SslOptions = { RemoteCertificateValidationCallback = (_, presented, _, _) => presented?.GetCertHashString() == _certificate.GetCertHashString() },
    });

    public void Dispose()
    {
        _certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
