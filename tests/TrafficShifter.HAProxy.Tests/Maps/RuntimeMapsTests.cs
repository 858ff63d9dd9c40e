using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Demo.Peers;
using TrafficShifter.HAProxy.Maps;

namespace TrafficShifter.HAProxy.Tests.Maps;

/// <summary>Maps over the Runtime API of a real HAProxy, and what it does that nobody expects.</summary>
public sealed class RuntimeMapsTests : IAsyncLifetime
{
    private readonly string _numbers = Directory.CreateTempSubdirectory("maps-").FullName;
    private MapNode? _node;

    private MapNode Node => _node!;

    private string Path => Node.Files.PathOf(MapFile.Apps);

    public async Task InitializeAsync()
    {
        await File.WriteAllTextAsync(System.IO.Path.Combine(_numbers, "apps.map"), "shop 5\n");
        _node = await MapNode.StartAsync(extra: $"backend numbers\n    http-request set-var(txn.n) \"str(shop),map_str_int({_numbers}/apps.map)\"\n");
    }

    public async Task DisposeAsync()
    {
        if (_node is not null) await _node.DisposeAsync();
        Directory.Delete(_numbers, recursive: true);
    }

    [Fact]
    public async Task Row_is_added_changed_and_deleted_and_read_back_each_time()
    {
        (await Node.Maps.FindAsync(MapFile.Apps, "shop", CancellationToken.None)).ShouldBeNull();
        foreach (var value in (string[])["s.1.web.shop", "s.2.web.shop"])
        {
            await ApplyAsync([new MapRow("shop", value)], []);
            (await Node.Maps.FindAsync(MapFile.Apps, "shop", CancellationToken.None)).ShouldBe(value);
        }
        await ApplyAsync([new MapRow("cart", "x")], ["shop"]);
        (await ReadAsync()).ShouldBe([new MapRow("cart", "x")]);
        await ApplyAsync([], ["never-there"]);
    }

    [Fact]
    public async Task Only_what_differs_is_written()
    {
        (await Node.Maps.MakeAsync(MapFile.Apps, Rows(("a", "1"), ("b", "2")), CancellationToken.None)).Change.Set.Count.ShouldBe(2);
        var (_, change) = await Node.Maps.MakeAsync(MapFile.Apps, Rows(("a", "1"), ("b", "3")), CancellationToken.None);

        (change.Set, change.Delete.Count, change.Replace).ShouldSatisfyAllConditions(x => x.Set.ShouldBe([new MapRow("b", "3")]), x => x.Count.ShouldBe(0), x => x.Replace.ShouldBeFalse());
        (await Node.Maps.MakeAsync(MapFile.Apps, Rows(("a", "1"), ("b", "3")), CancellationToken.None)).Change.IsEmpty.ShouldBeTrue();
    }

    [Fact]
    public async Task Twenty_thousand_rows_are_replaced_at_once_in_pieces_that_HAProxy_takes()
    {
        var rows = Enumerable.Range(0, 20_000).ToDictionary(n => $"user-{n}@example.com|shop", n => n % 2 == 0 ? "-1" : "10000");

        await Node.Maps.ReplaceAsync(MapFile.Users, rows, CancellationToken.None);

        (await Node.Maps.ReadAsync(MapFile.Users, CancellationToken.None)).Map.Holds(rows).ShouldBeTrue();
        await Node.Maps.ReplaceAsync(MapFile.Users, Rows(), CancellationToken.None);
        (await Node.Maps.ReadAsync(MapFile.Users, CancellationToken.None)).Map.Rows.ShouldBeEmpty();
    }

    [Fact]
    public async Task Duplicates_and_rows_written_by_hand_are_cleaned_up()
    {
        await File.WriteAllTextAsync(Path, "odd two words\n");
        await Node.Process.ReloadAsync(CancellationToken.None);
        await AskAsync($"add map {Path} shop s.1.web.shop;add map {Path} shop s.2.web.shop");

        (await Node.Maps.ReadAsync(MapFile.Apps, CancellationToken.None)).Map.Foreign.ShouldBe(["odd two words"]);
        var (_, change) = await Node.Maps.MakeAsync(MapFile.Apps, Rows(("shop", "s.1.web.shop")), CancellationToken.None);
        change.Replace.ShouldBeTrue();
        (await ReadAsync()).ShouldBe([new MapRow("shop", "s.1.web.shop")]);
    }

    [Fact]
    public async Task Value_that_HAProxy_cannot_take_is_an_error_also_where_it_says_OK()
    {
        var numbers = new RuntimeMaps(Node.Client, _numbers);

        var refused = await Should.ThrowAsync<RuntimeApiException>(() => numbers.ApplyAsync(MapFile.Apps, [new MapRow("shop", "abc")], [], CancellationToken.None));
        refused.Message.ShouldContain(await Node.IsSinceAsync(3, 0) ? "unable to parse 'abc'" : "said OK and does not have what it was told (abc)");
        (await numbers.FindAsync(MapFile.Apps, "shop", CancellationToken.None)).ShouldBe("5");
    }

    [Fact]
    public async Task Map_that_the_configuration_does_not_use_is_named()
    {
        var elsewhere = new RuntimeMaps(Node.Client, "/nowhere");

        (await Should.ThrowAsync<RuntimeApiException>(() => elsewhere.ReadAsync(MapFile.Apps, CancellationToken.None))).Message.ShouldContain("has no such map");
        await Should.ThrowAsync<RuntimeApiException>(() => elsewhere.ApplyAsync(MapFile.Apps, [new MapRow("a", "b")], [], CancellationToken.None));
        await Should.ThrowAsync<RuntimeApiException>(() => elsewhere.ReplaceAsync(MapFile.Apps, Rows(("a", "b")), CancellationToken.None));
    }

    [Fact]
    public async Task Newer_transaction_discards_an_older_one()
    {
        var (older, newer) = (await PrepareAsync(), await PrepareAsync());
        await AskAsync($"commit map @{newer} {Path}");

        (await AskAsync($"commit map @{older} {Path}")).Trim().ShouldBe("Version number out of range.");
        // Worse: rows for it are taken, and never seen.
        (await PayloadAsync($"add map @{older} {Path} <<\na b\n\n")).ShouldBe("\n");
        (await ReadAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Set_reaches_into_a_transaction_that_is_open_before_3_2()
    {
        await ApplyAsync([new MapRow("shop", "1")], []);
        var version = await PrepareAsync();
        (await PayloadAsync($"add map @{version} {Path} <<\nshop 2\n\n")).ShouldBe("\n");
        await ApplyAsync([new MapRow("shop", "3")], []);
        await AskAsync($"commit map @{version} {Path}");

        (await ReadAsync()).ShouldBe([new MapRow("shop", await Node.IsSinceAsync(3, 2) ? "2" : "3")]);
    }

    // What HAProxy does with a payload over its buffer is not tried here: 2.6.12 drops it without a word, and now and then ends itself (abort).
    [Fact]
    public async Task Payload_over_the_buffer_is_never_sent()
    {
        var version = await PrepareAsync();

        await Should.ThrowAsync<ArgumentException>(() => Node.Client.ExecutePayloadAsync($"add map @{version} {Path} <<\n{new string('a', 20_000)} b\n", CancellationToken.None));

        await AskAsync($"commit map @{version} {Path}");
        (await ReadAsync()).ShouldBeEmpty();
    }

    private async Task<int> PrepareAsync() => MapCommands.ParseVersion((await AskAsync($"prepare map {Path}")).Trim());

    private Task<string> AskAsync(string line) => Node.Process.AskAsync(line, CancellationToken.None);

    private async Task ApplyAsync(IReadOnlyList<MapRow> set, IReadOnlyList<string> delete) => await Node.Maps.ApplyAsync(MapFile.Apps, set, delete, CancellationToken.None);

    private async Task<IReadOnlyList<MapRow>> ReadAsync() => (await Node.Maps.ReadAsync(MapFile.Apps, CancellationToken.None)).Map.Rows;

    private static Dictionary<string, string> Rows(params (string Key, string Value)[] rows) => rows.ToDictionary(r => r.Key, r => r.Value);

    /// <summary>All that HAProxy says until it closes. By socat, as people do it: no code of the product is in between.</summary>
    private async Task<string> PayloadAsync(string text)
    {
        var file = System.IO.Path.Combine(_numbers, "payload");
        await File.WriteAllTextAsync(file, text);
        var reply = System.IO.Path.Combine(_numbers, "reply");
        await using var socat = ChildProcess.Start("socat", "/bin/sh", ["-c", "\"$3\" -t 10 - UNIX-CONNECT:\"$0\" < \"$1\" > \"$2\" 2> /dev/null", Node.Process.RuntimeApiSocket, file, reply, PeerLocator.Find("socat")]);
        await socat.WaitForExitAsync(CancellationToken.None);
        return await File.ReadAllTextAsync(reply);
    }
}
