using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using TrafficShifter.Cli.Contexts;
using TrafficShifter.Cli.Hosting;

namespace TrafficShifter.Cli.Api;

/// <summary>How the API is reached: addresses, certificates, and what is said when it is not.</summary>
internal static class Transport
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <exception cref="Failure">A certificate cannot be read.</exception>
    public static HttpClient Create(Connection connection)
    {
        // No redirects: the token is for this address alone.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = ConnectTimeout };
        if (connection.Server.IsLoopback) handler.UseProxy = false;
        if (connection.CaFile is { } ca) handler.SslOptions.CertificateChainPolicy = Trusting(ca);
        if (connection.ClientCertificate is { } own) handler.SslOptions.ClientCertificates = [Read(own, () => X509Certificate2.CreateFromPemFile(own, connection.ClientKey))];
        var http = new HttpClient(handler) { BaseAddress = connection.Server, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("shifter", Product.Version));
        if (connection.Token is { } token) http.DefaultRequestHeaders.Authorization = Bearer(token);
        return http;
    }

    /// <param name="unsent">The request did not reach the server: nothing can have changed.</param>
    public static Failure Explain(Connection connection, HttpRequestException away, bool unsent)
    {
        var where = $"{connection.Label} ({connection.Server})";
        var inner = (away.InnerException?.InnerException ?? away.InnerException ?? away).Message;
        var (error, advice) = away.HttpRequestError switch
        {
            HttpRequestError.SecureConnectionError => ($"{where}: the TLS connection failed: {inner}", "SHIFTER_CACERT or the context's caFile names who vouches for the server"),
            HttpRequestError.NameResolutionError => ($"{where}: the name cannot be looked up: {inner}", "shifter context list shows the addresses"),
            _ => ($"{where} cannot be reached: {inner}", "shifter context list shows the addresses; --context or --server chooses another"),
        };
        return new Failure(ExitCode.Away, error, unsent ? "nothing changed" : "it is not known whether anything changed: look before you repeat it", advice);
    }

    private static AuthenticationHeaderValue Bearer(string token)
    {
        if (token.Length == 0 || token.Any(c => c is <= ' ' or > '~')) throw new Failure(ExitCode.NotAllowed, "the token has characters that no token has", null, "a token begins with ts_ and is one word");
        return new AuthenticationHeaderValue("Bearer", token);
    }

    private static X509ChainPolicy Trusting(string file)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        Read(file, () => { policy.CustomTrustStore.ImportFromPemFile(file); return policy; });
        return policy;
    }

    private static T Read<T>(string file, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception unreadable) when (unreadable is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw Failure.Usage($"{file} cannot be used as a certificate: {unreadable.Message}");
        }
    }
}
