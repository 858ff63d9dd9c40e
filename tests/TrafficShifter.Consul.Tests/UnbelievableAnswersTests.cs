using TrafficShifter.Core.Ports;

namespace TrafficShifter.Consul.Tests;

/// <summary>Answers in Consul's form that no Consul gives: something stands in its place, and what it says is not acted on.</summary>
public sealed class UnbelievableAnswersTests
{
    private static CancellationToken None => CancellationToken.None;

    [Theory]
    [InlineData("[null]")]
    [InlineData("[{}]")]
    [InlineData("[{\"Key\":null}]")]
    [InlineData("[{\"Key\":\"x\",\"ModifyIndex\":5}]")]
    [InlineData("[{\"Key\":\"\\ud800\",\"ModifyIndex\":5}]")]
    public async Task A_listing_of_other_keys_or_of_none_is_not_believed(string body)
    {
        await using var stub = await StubConsul.SayingAsync(200, body, 5);
        await using var store = Consuls.StoreOn(stub.Address);

        (await Should.ThrowAsync<StoreUnavailableException>(() => store.ListAsync("feed/", None))).Message.ShouldContain("something that is not Consul's JSON");
        (await Should.ThrowAsync<StoreUnavailableException>(() => store.FindAsync("feed/1", None))).Message.ShouldContain("something that is not Consul's JSON");
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("""[{"Key":"traffic-shifter/feed/2","ModifyIndex":5}]""")]
    public async Task A_key_that_is_not_the_one_that_was_asked_for_is_not_believed(string body)
    {
        await using var stub = await StubConsul.SayingAsync(200, body, 5);
        await using var store = Consuls.StoreOn(stub.Address);

        (await Should.ThrowAsync<StoreUnavailableException>(() => store.FindAsync("feed/1", None))).Message.ShouldContain("something that is not Consul's JSON");
    }

    [Theory]
    [InlineData(200, """{"Results":[],"Errors":null}""")]
    [InlineData(200, """{"Results":[null],"Errors":null}""")]
    [InlineData(200, """{"Results":[{"KV":{"Key":"traffic-shifter/weights/other","ModifyIndex":9}}],"Errors":null}""")]
    [InlineData(409, """{"Results":[{"KV":{"Key":"traffic-shifter/weights/shop","ModifyIndex":9}}],"Errors":null}""")]
    [InlineData(409, """{"Results":null,"Errors":[null]}""")]
    [InlineData(409, """{"Results":null,"Errors":[{}]}""")]
    [InlineData(409, """{"Results":null,"Errors":[{"OpIndex":1,"What":"index is stale"}]}""")]
    [InlineData(409, """{"Results":null,"Errors":[{"OpIndex":-1,"What":"Permission denied"}]}""")]
    public async Task An_answer_that_does_not_say_what_was_done_is_none(int status, string body)
    {
        await using var stub = await StubConsul.SayingAsync(status, body, 5);
        await using var store = Consuls.StoreOn(stub.Address);

        (await Should.ThrowAsync<StoreUnavailableException>(() => CommitAsync(store))).Message.ShouldContain("answered PUT /v1/txn with something that is not Consul's JSON");
    }

    [Fact]
    public async Task A_session_without_an_id_is_none()
    {
        await using var stub = await StubConsul.SayingAsync(200, """{"ID":null}""", 5);
        await using var store = Consuls.StoreOn(stub.Address);

        (await Should.ThrowAsync<StoreUnavailableException>(() => store.TryHoldAsync("live/node-1", "x", None))).Message.ShouldContain("answered PUT /v1/session/create with something");
    }

    private static Task<CommitResult> CommitAsync(ConsulTrafficStore store) =>
        store.CommitAsync(ChangeSet.Empty.With(new Change.Set("weights/shop", "secret-value")), None);
}
