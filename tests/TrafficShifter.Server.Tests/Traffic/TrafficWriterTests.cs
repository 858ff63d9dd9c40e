using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Embedded;
using TrafficShifter.Server.Tests.Embedded;
using TrafficShifter.Server.Traffic;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Traffic;

/// <summary>What a writer tells its followers, on a store of its own.</summary>
public sealed class TrafficWriterTests : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly EmbeddedTrafficStore _store;
    private readonly TrafficWriter _writer;

    public TrafficWriterTests()
    {
        _store = _folder.Open();
        _writer = new TrafficWriter(_store, "writer", new ManualTime());
    }

    [Fact]
    public async Task Followers_read_only_what_changed_although_other_changes_lost_their_race()
    {
        await WriteAsync(FeedEntry.Slots);
        var position = FeedPosition.Start.Read(await _store.ListAsync(Keys.Feed, CancellationToken.None)).Position;
        for (var lost = 0; lost < 3; lost++)
            (await _writer.CommitAsync(ChangeSet.Empty.With(new Change.Put("weights/lost", "{}", 999)), CancellationToken.None)).ShouldBeOfType<CommitResult.Conflict>();
        var keys = await WriteAsync(FeedEntry.Slots);

        var news = position.Read(await _store.ListAsync(Keys.Feed, CancellationToken.None));
        news.MustReadAll.ShouldBeFalse();
        news.Keys.ShouldBe(keys, ignoreOrder: true);
    }

    [Fact]
    public async Task Followers_that_did_not_look_for_a_while_read_only_what_changed()
    {
        await WriteAsync(FeedEntry.Slots);
        var position = FeedPosition.Start.Read(await _store.ListAsync(Keys.Feed, CancellationToken.None)).Position;
        var keys = await WriteAsync(FeedEntry.Slots * (1 + FeedSlot.MostBefore));

        var news = position.Read(await _store.ListAsync(Keys.Feed, CancellationToken.None));
        news.MustReadAll.ShouldBeFalse();
        news.Keys.ShouldBe(keys, ignoreOrder: true);
    }

    public void Dispose() => _folder.Dispose();

    private int _written;

    private async Task<List<string>> WriteAsync(int changes)
    {
        var keys = Enumerable.Range(0, changes).Select(_ => $"weights/app{++_written}").ToList();
        foreach (var key in keys) await _writer.CommitAsync(ChangeSet.Empty.With(new Change.Set(key, "{}")), CancellationToken.None);
        return keys;
    }
}
