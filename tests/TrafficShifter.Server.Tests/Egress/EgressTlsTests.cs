using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Egress;
using TrafficShifter.Server.Egress;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Server.Tests.Security;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Egress;

/// <summary>Calls out over TLS, to a real TLS server on loopback whose certificate an authority of ours signed.</summary>
public sealed class EgressTlsTests : IDisposable
{
    private const string Host = "hooks.example.com";
    private readonly Certificates _ours = new();
    private readonly Certificates _others = new();

    public void Dispose()
    {
        _ours.Dispose();
        _others.Dispose();
    }

    [Fact]
    public async Task A_certificate_of_our_authority_for_this_name_is_believed()
    {
        await using var receiver = await StartAsync(_ours, Host);

        (await PostAsync(receiver, _ours)).ShouldBe(new EgressReply.Answered(204, ""));

        receiver.Received.ShouldHaveSingleItem().Body.ShouldBe("{}");
    }

    [Fact]
    public async Task A_wrong_name_an_expired_one_and_an_authority_that_nobody_trusts_are_refused_and_said()
    {
        await using (var wrong = await StartAsync(_ours, "other.example.com")) await RefusedAsync(wrong, _ours, "its certificate is of CN=receiver and not for this name");
        await using (var expired = await StartAsync(_ours, Host, expired: true)) await RefusedAsync(expired, _ours, "its certificate is valid from ");
        await using (var foreign = await StartAsync(_others, Host)) await RefusedAsync(foreign, _ours, "its certificate is of CN=test authority, which is trusted neither by this machine nor by Egress:Authorities");
        await using (var unknown = await StartAsync(_ours, Host)) await RefusedAsync(unknown, null, "which is trusted neither by this machine nor by Egress:Authorities");
    }

    [Fact]
    public void A_file_without_certificates_ends_the_start()
    {
        var empty = Path.Combine(_ours.Folder, "empty.pem");
        File.WriteAllText(empty, "");
        Should.Throw<ConfigurationException>(() => EgressTrust.Read(new EgressOptions { Authorities = empty })).Message.ShouldBe($"Egress:Authorities: {empty} has no certificate in it");
        Should.Throw<ConfigurationException>(() => EgressTrust.Read(new EgressOptions { Authorities = "/nowhere.pem" })).Message.ShouldStartWith("Egress:Authorities: /nowhere.pem cannot be used");
    }

    [Fact]
    public async Task A_sink_over_TLS_is_told_and_one_with_an_expired_certificate_says_so_until_it_has_a_new_one()
    {
        await using var good = await StartAsync(_ours, Host);
        await using var bad = await StartAsync(_ours, Host, expired: true);
        await using var server = await RunningServer.StartNewAsync();
        await server.StopAsync();
        server.Resolver = (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]);
        await server.StartAsync(more:
        [
            $"--Egress:Hosts={Host}", "--Egress:Networks=127.0.0.0/8", $"--Egress:Authorities={_ours.Authority}",
            "--Events:Sinks:0:Name=good", $"--Events:Sinks:0:Url=https://{Host}:{good.Port}/", "--Events:Sinks:1:Name=bad", $"--Events:Sinks:1:Url=https://{Host}:{bad.Port}/",
        ]);
        await server.EventuallyAsync("/api/v1/sinks", s => s.AsArray().Count == 2, "the sinks have begun");
        await server.RegisterShopAsync();

        await server.EventuallyAsync(() => good.Received.Count > 0, "the sink told");
        var sinks = await server.EventuallyAsync("/api/v1/sinks", s => Progress(s, "bad")["problem"] is not null, "the other sink's problem");

        JsonNode.Parse(good.Received[0].Body)!["event"]!["kind"]!.GetValue<string>().ShouldBe("app.created");
        Progress(sinks, "bad")["problem"]!.GetValue<string>().ShouldStartWith($"{Host} could not be called: its certificate is valid from ");
        bad.Received.ShouldBeEmpty();
    }

    private static JsonNode Progress(JsonNode sinks, string name) => sinks.AsArray().Single(s => s!["sink"]!.GetValue<string>() == name)!["progress"]!;

    private static async Task<Receiver> StartAsync(Certificates authority, string host, bool expired = false)
    {
        var (certificate, key) = authority.Issue("receiver", forClients: false, host, expired);
        return await Receiver.StartAsync(X509Certificate2.CreateFromPemFile(certificate, key));
    }

    private static async Task<EgressReply> PostAsync(Receiver receiver, Certificates? authority)
    {
        var trust = EgressTrust.Read(new EgressOptions { Authorities = authority?.Authority });
        using var client = new EgressClient(EgressPolicy.Parse(Host, "127.0.0.0/8"), (_, _) => Task.FromResult<IPAddress[]>([IPAddress.Loopback]), TimeProvider.System, trust);
        return await client.PostAsync(new Uri($"https://{Host}:{receiver.Port}/"), "{}", new Dictionary<string, string>(), TimeSpan.FromSeconds(20), default);
    }

    private static async Task RefusedAsync(Receiver receiver, Certificates? authority, string says)
    {
        (await PostAsync(receiver, authority)).ShouldBeOfType<EgressReply.Silent>().Problem.ShouldStartWith($"{Host} could not be called: ");
        (await PostAsync(receiver, authority)).ShouldBeOfType<EgressReply.Silent>().Problem.ShouldContain(says);
        receiver.Received.ShouldBeEmpty();
    }
}
