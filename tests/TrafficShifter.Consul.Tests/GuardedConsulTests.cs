using System.Net.Http.Json;
using System.Text.Json;
using TrafficShifter.Core.Ports;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Consul.Tests;

/// <summary>A real Consul with ACLs that deny by default.</summary>
public sealed class GuardedConsulTests : IAsyncLifetime
{
    private const string Master = "9f4c2b1e-6b7a-4f0e-8a55-0c1d2e3f4a5b";
    private const string Rules = """key_prefix "traffic-shifter/" { policy = "write" } session_prefix "" { policy = "write" }""";
    private ConsulProcess? _consul;

    private static CancellationToken None => CancellationToken.None;

    private Uri Address => _consul!.Address;

    [Fact]
    public async Task A_token_with_the_documented_rights_can_do_everything()
    {
        await using var store = Consuls.StoreOn(Address, token: await CreateTokenAsync(Rules));
        await store.CheckAccessAsync(None);
        (await store.CommitAsync(Change("weights/shop"), None)).ShouldBeOfType<CommitResult.Committed>();
        (await store.TryHoldAsync("live/node-1", "x", None)).ShouldBeTrue();
        (await store.WaitForChangeAsync("weights/", 0, TimeSpan.Zero, None)).ShouldBeGreaterThan(0UL);
        (await store.ListAsync("plans/", None)).Entries.ShouldBeEmpty();
        await store.ReleaseAsync("live/node-1", None);
        var lease = new ConsulLeaderLease(Consuls.ClientOn(Address, token: await CreateTokenAsync(Rules)), "one", TimeProvider.System);
        (await lease.TurnAsync(None)).ShouldBe(new LeaseTurn.Leading(New: true));
    }

    [Theory]
    [InlineData("00000000-1111-2222-3333-444444444444")]
    [InlineData("not-a-token")]
    public async Task An_unknown_token_is_refused_and_never_shown(string token)
    {
        await using var store = Consuls.StoreOn(Address, token: token);
        foreach (var call in EveryCallOf(store))
        {
            var refused = await Should.ThrowAsync<StoreRefusedException>(call);
            refused.Message.ShouldEndWith("403 ACL not found");
            refused.Message.ShouldStartWith(store.Name);
            refused.Message.ShouldNotContain(token);
        }
    }

    [Fact]
    public async Task No_token_is_refused_and_never_looks_like_no_data()
    {
        await using var store = Consuls.StoreOn(Address);
        foreach (var call in EveryCallOf(store))
            (await Should.ThrowAsync<StoreRefusedException>(call)).Message.ShouldContain("Permission denied");
    }

    [Fact]
    public async Task A_transaction_with_one_key_outside_the_rights_is_refused_whole_and_names_the_key()
    {
        await using var store = Consuls.StoreOn(Address, token: await CreateTokenAsync("""key_prefix "traffic-shifter/live/" { policy = "write" }"""));
        var refused = await Should.ThrowAsync<StoreRefusedException>(
            () => store.CommitAsync(Change("live/node-1").With(new Change.Set("weights/shop", "secret-value")), None));
        refused.Message.ShouldBe($"{store.Name} refused PUT /v1/txn: Permission denied (set traffic-shifter/weights/shop)");
        (await store.FindAsync("live/node-1", None)).ShouldBeNull();
    }

    [Fact]
    public async Task A_token_that_is_taken_away_is_noticed_by_the_next_call()
    {
        var token = await CreateTokenAsync(Rules);
        await using var store = Consuls.StoreOn(Address, token: token);
        await store.CommitAsync(Change("weights/shop"), None);
        using var http = MasterClient();
        var self = await http.GetFromJsonAsync<JsonElement>($"/v1/acl/token/self?token={token}");
        await http.DeleteAsync(new Uri($"/v1/acl/token/{self.GetProperty("AccessorID").GetString()}", UriKind.Relative));
        await Should.ThrowAsync<StoreRefusedException>(() => store.ListAsync("weights/", None));
    }

    public async Task InitializeAsync() => _consul = await ConsulProcess.StartAsync(new ConsulSetup { MasterToken = Master }, None);

    public async Task DisposeAsync() => await _consul!.DisposeAsync();

    private static IEnumerable<Func<Task>> EveryCallOf(ConsulTrafficStore store) =>
    [
        () => store.CheckAccessAsync(None),
        () => store.FindAsync("weights/shop", None),
        () => store.ListAsync("weights/", None),
        () => store.WaitAsync("weights/", 5, TimeSpan.FromSeconds(1), None),
        () => store.WaitForChangeAsync("weights/", 5, TimeSpan.FromSeconds(1), None),
        () => store.CommitAsync(Change("weights/shop"), None),
        () => store.TryHoldAsync("live/node-1", "x", None),
    ];

    private static ChangeSet Change(string key) => ChangeSet.Empty.With(new Change.Set(key, "secret-value"));

    private HttpClient MasterClient()
    {
        var http = new HttpClient { BaseAddress = Address };
        http.DefaultRequestHeaders.Add("X-Consul-Token", Master);
        return http;
    }

    private async Task<string> CreateTokenAsync(string rules)
    {
        using var http = MasterClient();
        var name = $"p{Guid.NewGuid():N}";
        (await http.PutAsJsonAsync("/v1/acl/policy", new { Name = name, Rules = rules })).EnsureSuccessStatusCode();
        var reply = await http.PutAsJsonAsync("/v1/acl/token", new { Policies = new[] { new { Name = name } } });
        return (await reply.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("SecretID").GetString()!;
    }
}
