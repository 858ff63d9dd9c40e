using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Embedded;

namespace TrafficShifter.Server.Tests.Traffic;

/// <summary>A change that was decided before a rollback of all applications and is committed after it must not escape that rollback.</summary>
public sealed class FleetRollbackRaceTests : IDisposable
{
    private static readonly AppName Shop = AppName.Parse("shop");
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("fleet-rollback-");
    private readonly EmbeddedTrafficStore _store;

    public FleetRollbackRaceTests() => _store = EmbeddedTrafficStore.Open(Path.Combine(_directory.FullName, "store.json"), TimeProvider.System);

    public static TheoryData<string> Changes => ["shift", "unlock", "save", "sweep"];

    public void Dispose()
    {
        _store.Dispose();
        _directory.Delete(recursive: true);
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_change_decided_before_the_rollback_is_lost_after_it(string change)
    {
        await CommitAsync(TrafficChanges.Save(new AppTraffic(Shop), Definition, Colour.Blue, Note("1")));
        if (change == "sweep") await CommitAsync(TrafficChanges.RollBackAll((await ReadAsync()).Fleet, Rollback(RollbackTarget.Blue), Note("2")));
        var read = await ReadAsync();
        await CommitAsync(TrafficChanges.RollBackAll((await ReadAsync()).Fleet, Rollback(RollbackTarget.Green), Note("3")));

        var result = await _store.CommitAsync(Decide(change, read).UnlessRolledBackSince(read.Fleet), default);

        result.ShouldBeOfType<CommitResult.Conflict>().Keys.ShouldContain(Keys.FleetRollback);
        var after = await ReadAsync();
        after.Find(Shop).FindDesired(after.Fleet)!.ShouldSatisfyAllConditions(
            desired => desired.Green.ShouldBe(Share.All),
            desired => desired.Source.ShouldBe(DesiredSource.FleetRollback));
    }

    [Fact]
    public async Task A_change_decided_after_the_rollback_is_written()
    {
        await CommitAsync(TrafficChanges.Save(new AppTraffic(Shop), Definition, Colour.Blue, Note("1")));
        await CommitAsync(TrafficChanges.RollBackAll((await ReadAsync()).Fleet, Rollback(RollbackTarget.Green), Note("3")));
        var read = await ReadAsync();

        var result = await _store.CommitAsync(Decide("unlock", read).UnlessRolledBackSince(read.Fleet), default);

        result.ShouldBeOfType<CommitResult.Committed>();
        var after = await ReadAsync();
        after.Find(Shop).FindDesired(after.Fleet)!.Source.ShouldBe(DesiredSource.Weights);
    }

    private static AppDefinition Definition => new() { Name = Shop, Routing = new Routing { Backend = ProxyName.Parse("shop") } };

    private static ChangeSet Decide(string change, TrafficSnapshot read)
    {
        var app = read.Find(Shop);
        return change switch
        {
            "shift" => TrafficChanges.Shift(app, new Weights { Blue = 50, Green = 50 }, Note("2")),
            "unlock" => TrafficChanges.Unlock(app, app.State.Value!, Note("2")),
            "save" => TrafficChanges.Save(app, Definition with { Owners = ["team-shop"] }, Colour.Blue, Note("2")),
            _ => ChangeSet.Empty.With([.. TrafficChanges.Sweep(app, read.Fleet, () => "2", Now)!]),
        };
    }

    private static ChangeNote Note(string id) => new(id, "anna", null, Now);

    private static FleetRollback Rollback(RollbackTarget to) => new() { To = to, By = "ben", Reason = "fire", At = Now };

    private async Task CommitAsync(ChangeSet changes) => (await _store.CommitAsync(changes, default)).ShouldBeOfType<CommitResult.Committed>();

    private async Task<TrafficSnapshot> ReadAsync()
    {
        var listing = await _store.ListAsync("", default);
        return TrafficSnapshot.Empty.WithAll(listing.Entries, listing.Index);
    }
}
