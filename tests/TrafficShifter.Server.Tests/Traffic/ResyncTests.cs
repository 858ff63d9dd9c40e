using Microsoft.Extensions.Logging.Abstractions;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Embedded;
using TrafficShifter.Server.Targets;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Server.Traffic;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Traffic;

/// <summary>Everything is looked at again once a minute, and only what changed is read again.</summary>
public sealed class ResyncTests : IAsyncLifetime, IDisposable
{
    private static readonly AppName Shop = AppName.Parse("shop");
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("resync-");
    private readonly ManualTime _time = new();
    private readonly EmbeddedTrafficStore _inner;
    private readonly InterruptibleStore _store;
    private readonly TrafficFollower _follower;

    public ResyncTests()
    {
        _inner = EmbeddedTrafficStore.Open(Path.Combine(_directory.FullName, "store.json"), _time);
        _store = new InterruptibleStore(_inner);
        _follower = new TrafficFollower(_store, new TargetDocuments(_store, NullLogger<TargetDocuments>.Instance), _time, NullLogger<TrafficFollower>.Instance);
    }

    public async Task InitializeAsync()
    {
        await CommitAsync(
            new Change.Set(Keys.WeightsOf(Shop), DocumentJson.Write(new Weights { Blue = 90, Green = 10 })), new Change.Set(Keys.StateOf(Shop), DocumentJson.Write(new AppState { Stable = Colour.Blue })),
            FeedSlot.Begin("writer", 0, 1).Tell([Keys.WeightsOf(Shop)]));
        await _follower.StartAsync(CancellationToken.None);
        await _follower.FirstRead.WaitAsync(TimeSpan.FromSeconds(30));
    }

    public void Dispose() => _follower.Dispose();

    public async Task DisposeAsync()
    {
        await _follower.StopAsync(CancellationToken.None);
        _inner.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task What_stands_as_it_stood_is_not_read_again()
    {
        var listed = await ResyncAsync();

        listed.ShouldBe([Keys.Feed]);
        _follower.Current.Find(Shop).Weights.Value!.Green.ShouldBe(10);
    }

    [Fact]
    public async Task What_no_feed_told_of_is_found_and_only_its_prefix_is_read()
    {
        await CommitAsync(new Change.Set(Keys.WeightsOf(Shop), """{"blue":50,"green":50}"""));

        var listed = await ResyncAsync();

        listed.ShouldBe([Keys.Feed, Keys.Weights]);
        _follower.Current.Find(Shop).Weights.Value!.Green.ShouldBe(50);
        _follower.Current.Find(Shop).State.IsLost.ShouldBeFalse("its prefix was not read, which is not the same as gone");
        (await ResyncAsync()).ShouldBe([Keys.Feed]);
    }

    [Fact]
    public async Task A_key_that_vanished_is_noticed()
    {
        await CommitAsync(new Change.Remove(Keys.WeightsOf(Shop), (await _inner.FindAsync(Keys.WeightsOf(Shop), CancellationToken.None))!.ModifyIndex));

        await ResyncAsync();

        _follower.Current.Find(Shop).Weights.IsLost.ShouldBeTrue();
        _follower.Current.Find(Shop).Weights.Value!.Green.ShouldBe(10);
    }

    [Fact]
    public async Task While_something_cannot_be_used_everything_is_read_again()
    {
        await CommitAsync(new Change.Set(Keys.WeightsOf(Shop), "50/50"));
        await ResyncAsync();
        _follower.Current.Find(Shop).Weights.Problem.ShouldNotBeNull();

        (await ResyncAsync()).ShouldBe([Keys.Feed, .. TrafficSnapshot.Prefixes], ignoreOrder: true);
    }

    /// <summary>Returns what was read whole by the next look at everything, once that has been taken in: the follower waits for the feed again.</summary>
    private async Task<IReadOnlyList<string>> ResyncAsync()
    {
        await _store.WaitingAsync(Keys.Feed);
        var before = _store.Listed.Count;
        _time.Advance(ResyncPace.Of(1) * 1.25 + TimeSpan.FromSeconds(1));
        await _store.WaitingAsync(Keys.Feed, after: before);
        return [.. _store.Listed.Skip(before)];
    }

    private async Task CommitAsync(params Change[] changes) => (await _inner.CommitAsync(ChangeSet.Empty.With(changes), CancellationToken.None)).ShouldBeOfType<CommitResult.Committed>();
}
