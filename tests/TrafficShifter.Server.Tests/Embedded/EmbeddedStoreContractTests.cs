using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Embedded;
using TrafficShifter.Testing.Contracts;

namespace TrafficShifter.Server.Tests.Embedded;

public sealed class EmbeddedStoreContractTests : TrafficStoreContract, IDisposable
{
    private readonly StoreFolder _folder = new();

    public EmbeddedStoreContractTests() => Store = _folder.Open();

    protected override ITrafficStore Store { get; }

    public void Dispose() => _folder.Dispose();
}

public sealed class EmbeddedStoreFollowingContractTests : TrafficStoreFollowingContract, IDisposable
{
    private readonly StoreFolder _folder = new();

    public EmbeddedStoreFollowingContractTests() => Store = _folder.Open();

    protected override ITrafficStore Store { get; }

    public void Dispose() => _folder.Dispose();
}

public sealed class SingleProcessLeaseTests : LeaderLeaseContract, IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly EmbeddedTrafficStore _store;

    public SingleProcessLeaseTests() => _store = _folder.Open();

    protected override ITrafficStore Store => _store;

    protected override ILeaderLease CreateLease(string name) => new SingleProcessLease(_store, name, Time);

    public void Dispose() => _folder.Dispose();
}
