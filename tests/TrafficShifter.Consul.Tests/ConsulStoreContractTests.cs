using TrafficShifter.Core.Ports;
using TrafficShifter.Testing.Contracts;
using TrafficShifter.Testing.Peers;

namespace TrafficShifter.Consul.Tests;

public sealed class ConsulStoreContractTests(ConsulFixture fixture) : TrafficStoreContract, IClassFixture<ConsulFixture>, IAsyncLifetime
{
    private readonly ConsulTrafficStore _store = Consuls.StoreOn(fixture.Consul.Address, fixture.NewPrefix());

    protected override ITrafficStore Store => _store;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _store.DisposeAsync();
}

public sealed class ConsulStoreFollowingContractTests(ConsulFixture fixture) : TrafficStoreFollowingContract, IClassFixture<ConsulFixture>, IAsyncLifetime
{
    private readonly ConsulTrafficStore _store = Consuls.StoreOn(fixture.Consul.Address, fixture.NewPrefix());

    protected override ITrafficStore Store => _store;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync() => await _store.DisposeAsync();
}
