using System.Net;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Security;
using TrafficShifter.Server.Tests.Hosting;

namespace TrafficShifter.Server.Tests.Security;

/// <summary>Tokens that are made at the same moment, and what somebody wrote among them past the API.</summary>
public sealed class TokenEdgesTests : IAsyncLifetime
{
    private RunningServer _server = null!;

    public async Task InitializeAsync() => _server = await RunningServer.StartNewAsync();

    public async Task DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Of_two_who_make_the_same_name_at_the_same_moment_one_makes_it()
    {
        Answer? other = null;
        _server.Store.BeforeCommit = async changes =>
        {
            if (!changes.Changes.Any(c => c is Change.Put && c.Key.StartsWith("tokens/", StringComparison.Ordinal))) return;
            _server.Store.BeforeCommit = null;
            other = await MakeAsync();
        };

        (await MakeAsync()).ShouldBeProblem(409, "conflict", null, "at the same moment");

        other.ShouldNotBeNull().Status.ShouldBe(HttpStatusCode.Created);
        (await _server.GetAsync("/api/v1/tokens")).Json!.AsArray().Count(t => t!["name"]!.GetValue<string>() == "ben").ShouldBe(1);
        (await MakeAsync()).ShouldBeProblem(409, "conflict", null, "there is a token \"ben\" already");
    }

    [Theory]
    [InlineData("tokens/mine", """{"id":"another","sha256":"HASH","role":"admin","createdAt":"2026-01-01T00:00:00Z"}""")]
    [InlineData("tokens/a/b", """{"id":"b","sha256":"HASH","role":"admin","createdAt":"2026-01-01T00:00:00Z"}""")]
    [InlineData("tokens/x", "nonsense")]
    public async Task A_key_that_is_not_its_tokens_id_makes_nobody(string key, string value)
    {
        var secret = TokenSecret.New();
        await _server.WriteAsync(key, value.Replace("HASH", TokenSecret.Hash(secret), StringComparison.Ordinal));
        using var thief = new Client(_server, secret);

        (await thief.GetAsync("/api/v1/apps")).Status.ShouldBe(HttpStatusCode.Unauthorized);

        (await _server.GetAsync("/api/v1/tokens")).Json!.AsArray().Count.ShouldBe(1);
    }

    private Task<Answer> MakeAsync() => _server.PostAsync("/api/v1/tokens", """{"name":"ben","role":"viewer"}""");
}
