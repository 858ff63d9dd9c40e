using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TrafficShifter.Fuzzing.Engine;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Security;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>The file of the agents' authorities, which is read anew when it changes.</summary>
internal sealed class CertificatesTarget : FuzzTarget
{
    private readonly string _file = Path.Combine(Directory.CreateTempSubdirectory("fuzz-").FullName, "ca.pem");
    private readonly X509Certificate2 _own;

    public CertificatesTarget()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _own = new CertificateRequest("CN=nobody", key, HashAlgorithmName.SHA256).CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UtcNow.AddYears(5));
    }

    public override string Name => "certificates";

    /// <summary>Each is a file that is written.</summary>
    public override int ShortCases => 5_000;

    public override int BytesPerByte => 400;

    public override int UsualBytes => 8192;

    public override IReadOnlyList<string> Words => ["-----BEGIN CERTIFICATE-----\n", "-----END CERTIFICATE-----\n", "-----BEGIN PRIVATE KEY-----\n", "MIIB", "AAAA", "////", "="];

    public override object? Read(byte[] input)
    {
        File.WriteAllBytes(_file, input);
        try
        {
            return CertificateSet.Read(new AgentOptions { Authorities = _file });
        }
        catch (ConfigurationException named)
        {
            return new Refusal(named.Message.Replace(_file, "", StringComparison.Ordinal));
        }
    }

    public override void Check(byte[] input, object? read)
    {
        if (read is not CertificateSet set) return;
        Require(set.All.Any(), "a file was taken that has no certificate");
        Require(!set.IsSigned(_own, null, new Oid("1.3.6.1.5.5.7.3.2")), "a certificate of nobody is signed by a file");
        foreach (var certificate in set.Authorities!) certificate.Dispose();
    }

    public override void Dispose()
    {
        _own.Dispose();
        Directory.Delete(Path.GetDirectoryName(_file)!, recursive: true);
        base.Dispose();
    }
}
