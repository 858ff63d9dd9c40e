using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.Builder;
using TrafficShifter.Core.Apps;
using TrafficShifter.Server.Agents;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Security;

/// <summary>TLS by Kestrel's own settings, and by an authority of our own between apis and agents.</summary>
public sealed class TlsTests : IDisposable
{
    private readonly Certificates _ours = new();
    private readonly Certificates _others = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("tls-").FullName;

    public void Dispose()
    {
        _ours.Dispose();
        _others.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Over_TLS_the_session_is_a_cookie_of_this_very_host_that_never_goes_out_unprotected()
    {
        await using var server = await StartAsync(RunningServer.AgentKey);
        using var http = new HttpClient(Handler(_ours)) { BaseAddress = Address(server) };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/session") { Content = new StringContent($$"""{"token":"{{Token()}}"}""") };
        request.Headers.Add("X-Shifter-Request", "1");

        using var response = await http.SendAsync(request);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Headers.GetValues("Set-Cookie").Single().ShouldMatch("^__Host-shifter=tsh_[0-9A-Za-z]{49}; path=/; secure; samesite=strict; httponly$");
    }

    [Fact]
    public async Task An_agent_asks_for_a_certificate_of_the_authority_and_people_need_none()
    {
        await using var server = await StartAsync(RunningServer.AgentKey, $"--Agent:Authorities={_ours.Authority}");
        var api = new AgentOptions { Key = RunningServer.AgentKey, Authorities = _ours.Authority };
        var right = _ours.Issue("api", forClients: true);
        var address = Address(server).ToString();

        (await AskAsync(api with { ClientCertificate = right.Certificate, ClientKey = right.Key }, address)).ShouldBeNull();
        (await AskAsync(api, address)).ShouldNotBeNull().ShouldContain("answered 401");
        var foreign = _others.Issue("api", forClients: true);
        (await AskAsync(api with { ClientCertificate = foreign.Certificate, ClientKey = foreign.Key }, address)).ShouldNotBeNull().ShouldContain("cannot be asked");
        var servers = _ours.Issue("agent2", forClients: false);
        (await AskAsync(api with { ClientCertificate = servers.Certificate, ClientKey = servers.Key }, address)).ShouldNotBeNull("a server's certificate is no client's").ShouldContain("cannot be asked");
        (await AskAsync(api with { Key = "another-key-of-at-least-32-characters", ClientCertificate = right.Certificate, ClientKey = right.Key }, address)).ShouldNotBeNull("the key counts too").ShouldContain("answered 401");

        using var person = new HttpClient(Handler(_ours)) { BaseAddress = Address(server) };
        person.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token());
        (await person.GetAsync("/api/v1/nodes")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_api_does_not_talk_to_an_agent_of_another_authority()
    {
        await using var server = await StartAsync(RunningServer.AgentKey, $"--Agent:Authorities={_ours.Authority}");
        var client = _ours.Issue("api", forClients: true);

        (await AskAsync(new AgentOptions { Key = RunningServer.AgentKey, Authorities = _others.Authority, ClientCertificate = client.Certificate, ClientKey = client.Key }, Address(server).ToString()))
            .ShouldNotBeNull().ShouldContain("cannot be asked");
    }

    [Theory]
    [InlineData("http://127.0.0.1:1/")]
    [InlineData("hap1:8081")]
    public async Task An_agent_without_TLS_is_not_asked_where_certificates_count(string address) =>
        (await AskAsync(new AgentOptions { Key = RunningServer.AgentKey, Authorities = _ours.Authority }, address)).ShouldNotBeNull().ShouldContain("must be https");

    [Fact]
    public void An_agent_that_nobody_would_ask_does_not_start() =>
        Should.Throw<ConfigurationException>(() => ServerHost.Build([$"--DataDirectory={_folder}", "--Urls=http://127.0.0.1:0", "--Roles=agent", "--Consul:Address=http://127.0.0.1:1", "--Agent:Advertise=http://10.0.0.7:8081", $"--Agent:Authorities={_ours.Authority}"]))
            .Message.ShouldStartWith("Agent:Advertise: \"http://10.0.0.7:8081/\" is not https");

    [Fact]
    public async Task Without_a_key_the_certificate_alone_is_enough()
    {
        await using var server = await StartAsync(null, $"--Agent:Authorities={_ours.Authority}");
        var client = _ours.Issue("api", forClients: true);
        var api = new AgentOptions { Authorities = _ours.Authority };

        (await AskAsync(api with { ClientCertificate = client.Certificate, ClientKey = client.Key }, Address(server).ToString())).ShouldBeNull();
        (await AskAsync(api, Address(server).ToString())).ShouldNotBeNull().ShouldContain("answered 401");
    }

    [Fact]
    public void Files_that_are_no_certificates_stop_the_start()
    {
        var empty = Path.Combine(_folder, "empty.pem");
        File.WriteAllText(empty, "nothing\n");
        Should.Throw<ConfigurationException>(() => AgentCertificates.Read(new AgentOptions { Authorities = empty })).Message.ShouldStartWith("Agent:Authorities: ");
        Should.Throw<ConfigurationException>(() => AgentCertificates.Read(new AgentOptions { Authorities = Path.Combine(_folder, "none.pem") })).Message.ShouldStartWith("Agent:Authorities: ");
        Should.Throw<ConfigurationException>(() => AgentCertificates.Read(new AgentOptions { ClientCertificate = _ours.Authority })).Message.ShouldStartWith("Agent:ClientKey: ");
        Should.Throw<ConfigurationException>(() => AgentCertificates.Read(new AgentOptions { ClientCertificate = _ours.Authority, ClientKey = empty })).Message.ShouldStartWith("Agent:ClientCertificate: ");
    }

    /// <summary>Null when the agent answered as it should, else what went wrong.</summary>
    private static async Task<string?> AskAsync(AgentOptions options, string address)
    {
        using var http = new HttpClient(new SocketsHttpHandler { SslOptions = AgentCertificates.Read(options).ForClient() });
        while (true)
        {
            try
            {
                await new AgentClient(http, options).FindBackendAsync(address, "hap1", ProxyName.Parse("shop"), false, CancellationToken.None);
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

    private async Task<WebApplication> StartAsync(string? agentKey, params string[] more)
    {
        var (certificate, key) = _ours.Issue("server", forClients: false);
        var app = ServerHost.Build(
        [
            $"--DataDirectory={_folder}", "--Logging:Level=Fatal", .. agentKey is null ? Array.Empty<string>() : [$"--Agent:Key={agentKey}"],
            "--Kestrel:Endpoints:Https:Url=https://127.0.0.1:0", $"--Kestrel:Endpoints:Https:Certificate:Path={certificate}", $"--Kestrel:Endpoints:Https:Certificate:KeyPath={key}", .. more,
        ]);
        await app.StartAsync();
        await Testing.Awaiting.ForAsync(((Tokens)app.Services.GetService(typeof(Tokens))!).Ready, "the first token");
        return app;
    }

    private string Token() => File.ReadAllText(Path.Combine(_folder, "admin.token")).Trim();

    private static Uri Address(WebApplication server) => new(server.Urls.Single());

    private static SocketsHttpHandler Handler(Certificates trusted) => new() { SslOptions = AgentCertificates.Read(new AgentOptions { Authorities = trusted.Authority }).ForClient(), UseCookies = false };
}
