using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Embedded;
using TrafficShifter.Server.Rollouts;
using TrafficShifter.Server.Tests.Embedded;
using TrafficShifter.Server.Traffic;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Rollouts;

/// <summary>What a sweep tells the followers at its end.</summary>
public sealed class SweepNewsTests : IDisposable
{
    private readonly StoreFolder _folder = new();
    private readonly EmbeddedTrafficStore _store;
    private readonly SweepNews _news;

    public SweepNewsTests()
    {
        _store = _folder.Open();
        _news = new SweepNews(new TrafficWriter(_store, "writer", new ManualTime()));
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)]
    [InlineData(120, 1)]
    [InlineData(121, 2)]
    [InlineData(SweepNews.MostNamed, 4)]
    public async Task A_few_hundred_documents_are_named(int documents, int entries)
    {
        var states = Enumerable.Range(0, documents).Select(i => $"state/app{i}").ToList();
        _news.Add(states.SelectMany(state => new[] { state, "history/app/1" }));

        await _news.TellAsync();

        var told = await ReadAsync();
        told.Count.ShouldBe(entries);
        told.SelectMany(t => t.Keys).ShouldBe(states, ignoreOrder: true);
    }

    [Fact]
    public async Task Of_more_the_part_of_the_store_is_named_that_they_are_in()
    {
        foreach (var some in Enumerable.Range(0, SweepNews.MostNamed + 1).Chunk(30)) _news.Add(some.Select(i => $"state/app{i}"));

        await _news.TellAsync();

        (await ReadAsync()).ShouldHaveSingleItem().Keys.ShouldBe(["state/"]);
    }

    public void Dispose() => _folder.Dispose();

    private async Task<List<FeedEntry>> ReadAsync() =>
        [.. (await _store.ListAsync(Keys.Feed, CancellationToken.None)).Entries.Select(e => Reading.Of<FeedEntry>(e).Find()!)];
}
