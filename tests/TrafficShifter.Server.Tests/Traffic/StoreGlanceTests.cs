using Microsoft.Extensions.Logging.Abstractions;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Embedded;
using TrafficShifter.Server.Targets;
using TrafficShifter.Server.Tests.Hosting;
using TrafficShifter.Server.Traffic;
using TrafficShifter.Testing;

namespace TrafficShifter.Server.Tests.Traffic;

/// <summary>What is looked at every second is read once for all who look, and what is hardly ever written is read when the feed names it.</summary>
public sealed class StoreGlanceTests : IAsyncLifetime, IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("glance-");
    private readonly ManualTime _time = new();
    private readonly EmbeddedTrafficStore _inner;
    private readonly InterruptibleStore _store;
    private readonly TrafficFollower _follower;
    private readonly StoreGlance _glance;
    private FeedSlot _slot = FeedSlot.Begin("writer", 0, 1);

    public StoreGlanceTests()
    {
        _inner = EmbeddedTrafficStore.Open(Path.Combine(_directory.FullName, "store.json"), _time);
        _store = new InterruptibleStore(_inner);
        _follower = new TrafficFollower(_store, new TargetDocuments(_store, NullLogger<TargetDocuments>.Instance), _time, NullLogger<TrafficFollower>.Instance);
        _glance = new StoreGlance(_store, _follower, _time);
    }

    public async Task InitializeAsync()
    {
        await TellAsync(Keys.Stop);
        await _follower.StartAsync(CancellationToken.None);
        await _follower.FirstRead.WaitAsync(TimeSpan.FromSeconds(30));
        await _store.WaitingAsync(Keys.Feed);
    }

    public void Dispose() => _follower.Dispose();

    public async Task DisposeAsync()
    {
        await _follower.StopAsync(CancellationToken.None);
        _inner.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public async Task Who_looks_within_a_moment_of_another_shares_its_reading()
    {
        await LookAsync(Keys.Control, Keys.Hooks);
        _time.Advance(TimeSpan.FromSeconds(1));

        (await ListedByAsync(Keys.Control, Keys.Hooks, Keys.Control)).ShouldBe([Keys.Control, Keys.Hooks], ignoreOrder: true, "one reading of all that is looked at");
        _time.Advance(TimeSpan.FromSeconds(1));
        (await ListedByAsync(Keys.Hooks)).ShouldBe([Keys.Control, Keys.Hooks], ignoreOrder: true, "a second later it is read anew");
    }

    [Fact]
    public async Task What_the_feed_named_is_read_anew_at_once()
    {
        await LookAsync(Keys.Control);
        _time.Advance(TimeSpan.FromSeconds(1));
        (await _glance.ListAsync(Keys.Control, CancellationToken.None)).ShouldBeEmpty();

        await WriteAsync(new Change.Set(Keys.Stop, "{}"));
        await TellAsync(Keys.Stop);

        (await _glance.ListAsync(Keys.Control, CancellationToken.None)).ShouldHaveSingleItem().Key.ShouldBe(Keys.Stop, "no time has passed");
    }

    [Fact]
    public async Task A_reading_that_failed_is_made_again()
    {
        await LookAsync(Keys.Control);
        _time.Advance(TimeSpan.FromSeconds(1));
        _store.GoAway();
        await Should.ThrowAsync<StoreUnavailableException>(_glance.ListAsync(Keys.Control, CancellationToken.None));
        _store.ComeBack();

        (await _glance.ListAsync(Keys.Control, CancellationToken.None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Once_a_minute_a_prefix_is_read_by_itself_so_that_a_missing_right_is_refused_aloud()
    {
        await LookAsync(Keys.Control, Keys.Hooks);
        _time.Advance(TimeSpan.FromSeconds(61));
        (await ListedByAsync(Keys.Hooks)).ShouldBe([Keys.Hooks]);
        (await ListedByAsync(Keys.Control)).ShouldBe([Keys.Control]);
    }

    [Fact]
    public async Task A_bell_rings_when_its_prefix_is_named_and_now_and_then()
    {
        var bell = new FeedBell(Keys.Migrations, _follower, _time);
        (bell.TryTake(), bell.TryTake()).ShouldBe((true, false), "at first it is read, then it is known");

        await TellAsync(Keys.Stop);
        bell.TryTake().ShouldBeFalse("another prefix was named");
        await TellAsync(Keys.Migration("to-green"));
        (bell.TryTake(), bell.TryTake()).ShouldBe((true, false));

        _time.Advance(FeedBell.Interval);
        (bell.TryTake(), bell.TryTake()).ShouldBe((true, false), "the feed does not tell of what is written by hand");
        bell.Ring();
        bell.TryTake().ShouldBeTrue();
    }

    private async Task LookAsync(params string[] prefixes)
    {
        foreach (var prefix in prefixes) await _glance.ListAsync(prefix, CancellationToken.None);
    }

    /// <summary>What is read whole while somebody looks at these, one after the other.</summary>
    private async Task<IReadOnlyList<string>> ListedByAsync(params string[] prefixes)
    {
        // The follower's own looks at everything are over.
        await _store.WaitingAsync(Keys.Feed);
        var before = _store.Listed.Count;
        await LookAsync(prefixes);
        return [.. _store.Listed.Skip(before).Where(prefixes.Concat([Keys.Control, Keys.Hooks]).Contains)];
    }

    /// <summary>Writes a feed entry, and returns when the follower has told those who listen.</summary>
    private async Task TellAsync(string key)
    {
        var heard = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var isFollowing = _follower.FirstRead.IsCompleted;
        _follower.Overhear(keys =>
        {
            if (keys?.Contains(key) == true) heard.TrySetResult();
        });
        await WriteAsync(_slot.Tell([key]));
        _slot = _slot.After([key]);
        if (isFollowing) await heard.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    private async Task WriteAsync(Change change) => (await _inner.CommitAsync(ChangeSet.Empty.With(change), CancellationToken.None)).ShouldBeOfType<CommitResult.Committed>();
}
