using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using TrafficShifter.Core.Apps;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Security;

/// <summary>Certificates between apis and agents while they are in use: exchanged, spoilt, ending, and those of somebody else.</summary>
public sealed class CertificateTests : IDisposable
{
    private readonly Certificates _first = new();
    private readonly Certificates _second = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("certificates-").FullName;

    public void Dispose()
    {
        _first.Dispose();
        _second.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task An_authority_is_exchanged_without_a_restart_of_either()
    {
        await using var server = await StartAsync($"--Agent:Authorities={Copy(_first.Authority, "agents-ca.pem")}");
        var options = ApiOptions(Copy(_first.Authority, "ca.pem"), _first.Issue("api", forClients: true));
        var certificates = AgentCertificates.Read(options);
        using var http = new HttpClient(new AgentConnections(certificates));
        (await AskAsync(http, options, server)).ShouldBeNull();

        File.Copy(_second.Authority, Path.Combine(_folder, "agents-ca.pem"), overwrite: true);
        server.Services.GetRequiredService<AgentCertificates>().TryReload(DateTimeOffset.UtcNow).ShouldBe("");
        using (var old = new HttpClient(new AgentConnections(AgentCertificates.Read(options)))) (await AskAsync(old, options, server)).ShouldNotBeNull().ShouldContain("cannot be asked");
        var next = _second.Issue("api", forClients: true);
        Copy(next.Certificate, "api.pem");
        Copy(next.Key, "api.key");
        certificates.TryReload(DateTimeOffset.UtcNow).ShouldBe("");

        (await AskAsync(http, options, server)).ShouldBeNull("the same client asks by its new certificate");
    }

    [Fact]
    public async Task What_cannot_be_used_changes_nothing_and_is_said_once()
    {
        await using var server = await StartAsync($"--Agent:Authorities={_first.Authority}");
        var options = ApiOptions(_first.Authority, _first.Issue("api", forClients: true));
        var certificates = AgentCertificates.Read(options);
        using var http = new HttpClient(new AgentConnections(certificates));

        File.WriteAllText(options.ClientCertificate!, "half a certificate");
        certificates.TryReload(DateTimeOffset.UtcNow).ShouldNotBeNull().ShouldStartWith("Agent:ClientCertificate: ");
        certificates.TryReload(DateTimeOffset.UtcNow).ShouldBeNull();
        File.Delete(options.ClientCertificate!);
        certificates.TryReload(DateTimeOffset.UtcNow).ShouldNotBeNull().ShouldStartWith("Agent:ClientCertificate: ");
        Copy(_first.Issue("another", forClients: true).Certificate, "api.pem");
        certificates.TryReload(DateTimeOffset.UtcNow).ShouldNotBeNull("the key is another's").ShouldStartWith("Agent:ClientCertificate: ");
        var expired = _first.Issue("expired", forClients: true, expired: true);
        Copy(expired.Certificate, "api.pem");
        Copy(expired.Key, "api.key");
        certificates.TryReload(DateTimeOffset.UtcNow).ShouldNotBeNull().ShouldStartWith("Agent:ClientCertificate: it expired at ");

        (await AskAsync(http, options, server)).ShouldBeNull();
    }

    [Fact]
    public void It_is_due_two_weeks_before_its_end_or_in_the_last_third_of_a_short_life()
    {
        var now = DateTimeOffset.UtcNow;
        var year = AgentCertificates.Read(new AgentOptions { Authorities = SelfSigned(now, TimeSpan.FromDays(365)) });
        Due(year, now.AddDays(365 - 14.1)).ShouldBeFalse();
        Due(year, now.AddDays(365 - 13.9)).ShouldBeTrue();
        var days = AgentCertificates.Read(new AgentOptions { Authorities = SelfSigned(now, TimeSpan.FromDays(6)) });
        Due(days, now.AddDays(3.9)).ShouldBeFalse();
        Due(days, now.AddDays(4.1)).ShouldBeTrue();

        static bool Due(AgentCertificates certificates, DateTimeOffset at) => certificates.Ages(at).ShouldHaveSingleItem().IsDue;
    }

    [Fact]
    public async Task The_server_looks_at_the_files_by_itself_and_tells_when_they_end()
    {
        var now = DateTimeOffset.UtcNow;
        var path = SelfSigned(now.AddDays(-100), TimeSpan.FromDays(110));
        var time = new ManualTime { Start = now };
        await using var server = await RunningServer.StartNewAsync(time);
        await server.StopAsync();
        await server.StartAsync(false, $"--Agent:Authorities={path}");
        (await server.GetAsync("/metrics")).Text.ShouldContain("trafficshifter_certificate_due{setting=\"Agent:Authorities\"} 1\n");

        File.Copy(SelfSigned(now, TimeSpan.FromDays(100), "next.pem"), path, overwrite: true);

        await server.EventuallyAsync(() => server.GetAsync("/metrics").Result.Text.Contains("trafficshifter_certificate_due{setting=\"Agent:Authorities\"} 0\n", StringComparison.Ordinal), "the new authority");
    }

    [Fact]
    public async Task A_certificate_with_another_name_than_the_apis_may_not_ask()
    {
        await using var server = await StartAsync($"--Agent:Authorities={_first.Authority}", "--Agent:Clients=api1.example, api2");
        foreach (var (name, host, refused) in new[] { ("api2", (string?)null, false), ("x", "api1.example", false), ("api", null, true), ("hap1", "hap1.example", true) })
        {
            var options = ApiOptions(_first.Authority, _first.Issue(name, forClients: true, host));
            using var http = new HttpClient(new AgentConnections(AgentCertificates.Read(options)));
            var problem = await AskAsync(http, options, server);
            if (refused) problem.ShouldNotBeNull(name).ShouldContain("answered 403");
            else problem.ShouldBeNull(name);
        }
    }

    [Fact]
    public void Names_without_authorities_stop_the_start() =>
        Should.Throw<ConfigurationException>(() => AgentCertificates.Read(new AgentOptions { Clients = "api" })).Message.ShouldStartWith("Agent:Clients: ");

    [Fact]
    public async Task A_certificate_says_who_calls_the_agents_API_and_nothing_else()
    {
        await using var server = await StartAsync($"--Agent:Authorities={_first.Authority}");
        var options = ApiOptions(_first.Authority, _first.Issue("api", forClients: true));
        using var browser = new HttpClient(new SocketsHttpHandler { SslOptions = AgentCertificates.Read(options).ForClient(), CookieContainer = new CookieContainer() }) { BaseAddress = new Uri(server.Urls.Single()) };
        foreach (var path in new[] { "/api/v1/apps", "/metrics", "/openapi/v1.json", "/agent/v2", "/agent/v1x" })
            (await browser.GetAsync(path)).StatusCode.ShouldBeOneOf(HttpStatusCode.Unauthorized, HttpStatusCode.NotFound);
        (await browser.GetAsync("/api/v1/apps")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);

        // A person whose browser has such a certificate signs in like any other.
        using var signIn = new HttpRequestMessage(HttpMethod.Post, "/api/v1/session") { Content = new StringContent($$"""{"token":"{{File.ReadAllText(Path.Combine(_folder, "admin.token")).Trim()}}"}""") };
        signIn.Headers.Add("X-Shifter-Request", "1");
        (await browser.SendAsync(signIn)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await browser.GetAsync("/api/v1/apps")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await browser.GetAsync("/agent/v1/nodes")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    private static async Task<string?> AskAsync(HttpClient http, AgentOptions options, WebApplication server)
    {
        while (true)
        {
            try
            {
                await new AgentClient(http, options).FindBackendAsync(server.Urls.Single(), "hap1", ProxyName.Parse("shop"), false, CancellationToken.None);
                return null;
            }
            catch (AgentException refused)
            {
                // A busy machine may take longer for a handshake than an api waits: that says nothing about certificates.
                if (refused.Message.Contains("did not answer in", StringComparison.Ordinal)) continue;
                return refused.Message.Contains("answered 404", StringComparison.Ordinal) ? null : refused.Message;
            }
        }
    }

    /// <summary>An api's settings; its certificate as files of its own, which are then exchanged. It believes both authorities' servers.</summary>
    private AgentOptions ApiOptions(string authority, (string Certificate, string Key) issued)
    {
        var both = Path.Combine(_folder, "both.pem");
        File.WriteAllText(both, File.ReadAllText(authority) + File.ReadAllText(_second.Authority));
        return new AgentOptions { Authorities = both, ClientCertificate = Copy(issued.Certificate, "api.pem"), ClientKey = Copy(issued.Key, "api.key") };
    }

    private string Copy(string path, string name)
    {
        var copy = Path.Combine(_folder, name);
        File.Copy(path, copy, overwrite: true);
        return copy;
    }

    private string SelfSigned(DateTimeOffset from, TimeSpan life, string name = "self.pem")
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=ours", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(from, from + life);
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, certificate.ExportCertificatePem());
        return path;
    }

    private async Task<WebApplication> StartAsync(params string[] more)
    {
        var (certificate, key) = _first.Issue("server", forClients: false);
        var app = ServerHost.Build(
        [
            $"--DataDirectory={_folder}", "--Logging:Level=Fatal", "--Kestrel:Endpoints:Https:Url=https://127.0.0.1:0",
            $"--Kestrel:Endpoints:Https:Certificate:Path={certificate}", $"--Kestrel:Endpoints:Https:Certificate:KeyPath={key}", .. more,
        ]);
        await app.StartAsync();
        await Awaiting.ForAsync(app.Services.GetRequiredService<Tokens>().Ready, "the first token");
        return app;
    }
}
