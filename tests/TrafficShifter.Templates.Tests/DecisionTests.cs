using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Testing.Peers;

namespace TrafficShifter.Templates.Tests;

/// <summary>What the templates say of an application is what the service's own agent says of it, from the same documents of a real Consul.</summary>
public sealed class DecisionTests(ConsulFixture consul) : IClassFixture<ConsulFixture>, IDisposable
{
    private static readonly string[] States =
    [
        Documents.Blue, Documents.Green, Documents.Locked("blue"), Documents.Locked("green", "green"), Documents.Locked("green"),
        """{"stable":"blue","lock":{"to":"green","by":"b","reason":"r","at":"2026-11-21T12:00:00Z","force":true}}""",
        """{"stable":"blue","lock":null,"rollout":"x \ud83d\ude00","from":"tomorrow","more":{"a":[1,{"b":[2.5e3,"}"]}]}}""",
    ];

    private static readonly string[] Shares =
    [
        Documents.Share(90, 10), Documents.Share(100, 0), Documents.Share(0, 7), Documents.Share(1_000_000, 1), Documents.Share(1, 1_000_000), Documents.Share(2, 1),
        Documents.Share(3, 1), Documents.Share(19999, 1), Documents.Share(19998, 1), " {\n\t\"green\" : 50 ,\r\n \"blue\":150, \"by\":\"\\u00e9\\\"\\\\ {\" , \"force\":true } ",
    ];

    private readonly Store _store = new(consul);

    public void Dispose() => _store.Dispose();

    [Theory]
    [InlineData(null)]
    [InlineData("stable")]
    [InlineData("blue")]
    [InlineData("green")]
    public async Task Every_combination_is_decided_as_the_agent_decides_it(string? rollback)
    {
        var combinations = States.SelectMany(_ => Shares, (state, weights) => (State: state, Weights: weights)).ToList();
        await _store.PutAllAsync(combinations.SelectMany((c, n) => Pairs($"old{n}", c.State, c.Weights)));
        if (rollback is not null) await _store.PutAsync(Keys.FleetRollback, Documents.Rollback(rollback));
        await _store.PutAllAsync(combinations.SelectMany((c, n) => Pairs($"new{n}", c.State, c.Weights)));
        // Weights alone do not escape a rollback.
        await _store.PutAsync("weights/old0", Documents.Share(1, 99));

        var lines = Documents.Lines(await _store.RenderAsync("runtime"));

        var entries = await _store.ReadAsync();
        lines.Count.ShouldBe(combinations.Count * 2);
        foreach (var line in lines.Values)
        {
            var (traffic, fleet) = Read(entries, line.Name);
            var desired = traffic.FindDesired(fleet)!;
            line.Fields.Take(4).ShouldBe(["app", line.Name, "weights", "be_" + line.Name]);
            (line.Share, line.Force, line.Source).ShouldBe(
                (desired.Green.BasisPoints, desired.Force, desired.Source switch { DesiredSource.Lock => "lock", DesiredSource.FleetRollback => "rollback", _ => "weights" }),
                $"{line.Name}: {entries["state/" + line.Name].Value} {entries["weights/" + line.Name].Value}");
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("stable")]
    [InlineData("green")]
    public async Task Rows_of_maps_are_those_of_the_agent_in_every_combination(string? rollback)
    {
        var combinations = States.SelectMany(_ => Shares.Append("oops"), (state, weights) => (State: state, Weights: weights)).ToList();
        await _store.PutAllAsync(combinations.SelectMany((c, n) => Mapped($"old{n}", c.State, c.Weights)));
        if (rollback is not null) await _store.PutAsync(Keys.FleetRollback, Documents.Rollback(rollback));
        await _store.PutAllAsync(combinations.SelectMany((c, n) => Mapped($"new{n}", c.State, c.Weights)));

        var entries = await _store.ReadAsync();
        var apps = entries.Keys.Where(key => key.StartsWith("apps/", StringComparison.Ordinal)).Select(key => Read(entries, key["apps/".Length..]));
        var (image, _) = MapImage.Of(apps.Select(app => app.Traffic.FindMapped(app.Fleet)!));
        image[MapFile.Apps].Count.ShouldBe(combinations.Count * 2);
        foreach (var file in new[] { MapFile.Apps, MapFile.Hosts })
            (await _store.RenderAsync(file.Name()))!.Split('\n').Where(line => line.Length > 0 && line[0] != '#').ShouldBe(image[file].Select(row => $"{row.Key} {row.Value}"), ignoreOrder: true);
    }

    [Theory]
    [InlineData("")]
    [InlineData("oops")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("\"blue\"")]
    [InlineData("{\"blue\":90,\"green\":10")]
    [InlineData("{\"blue\":90,\"green\":10,}")]
    [InlineData("{\"blue\":90 \"green\":10}")]
    [InlineData("{\"blue\":90,\"green\":10}{}")]
    [InlineData("{\"blue\":90,\"green\":10} x")]
    [InlineData("{'blue':90,'green':10}")]
    [InlineData("{\"blue\":\"90\",\"green\":10}")]
    [InlineData("{\"blue\":90,\"green\":null}")]
    [InlineData("{\"blue\":90,\"green\":{}}")]
    [InlineData("{\"blue\":90,\"green\":10.5}")]
    [InlineData("{\"blue\":90,\"green\":-1}")]
    [InlineData("{\"blue\":090,\"green\":10}")]
    [InlineData("{\"blue\":1000001,\"green\":10}")]
    [InlineData("{\"blue\":1e999,\"green\":10}")]
    [InlineData("{\"blue\":0,\"green\":0}")]
    [InlineData("{\"blue\":90}")]
    [InlineData("{\"blue\":tr\"x\"ue,\"green\":10}")]
    [InlineData("{\u0001:\u0002}")]
    [InlineData("{\"blue\":90,\"green\":10,\"by\":\"a\nb\"}")]
    [InlineData("{\"blue\":90,\"green\":10,\"by\":\"\\x\"}")]
    [InlineData("{\"stable\":\"red\",\"name\":7,\"routing\":[],\"lock\":{\"to\":\"red\"},\"blue\":true,\"to\":[1]}")]
    [InlineData("{\"stable\":1,\"name\":\"shop\",\"routing\":{\"kind\":{},\"backend\":\"a b\"},\"lock\":7}")]
    [InlineData("{\"stable\":\"blue\",\"lock\":\"green\",\"routing\":{\"backend\":\"shop;set server x/y weight 0\"}}")]
    [InlineData("{\"stable\":\"blue\",\"lock\":{},\"routing\":{\"backend\":\"be\",\"blue\":{\"prefix\":\"a\\nset\"}}}")]
    [InlineData("{\"stable\":\"blue\",\"lock\":[],\"routing\":{\"backend\":\"be\",\"blue\":{\"servers\":[\"a\",1]}}}")]
    [InlineData("{\"deleted\":\"yes\",\"routing\":{\"kind\":\"map\",\"pool\":\"a.b\"},\"hosts\":{}}")]
    [InlineData("{\"deleted\":1,\"routing\":{\"kind\":\"map\",\"pool\":\"web\",\"mode\":[]},\"hosts\":[1,null,\"a b\"]}")]
    public async Task A_wrong_value_spoils_its_own_application_alone(string value)
    {
        await _store.PutAllAsync([.. Pairs("good", Documents.Blue, Documents.Share(90, 10)), .. Pairs("a", value, Documents.Share(90, 10)), .. Pairs("b", Documents.Blue, value), .. Pairs("c", Documents.Locked("green"), value)]);
        await _store.PutAllAsync([.. Pairs("d", Documents.Blue, Documents.Share(90, 10)), ("apps/d", value), ("apps/Not-A-Name", value), ("apps/good/below", value)]);

        foreach (var name in Templates.Names)
        {
            var lines = Documents.Lines(await _store.RenderAsync(name));

            lines.Keys.ShouldBe(["a", "b", "c", "d", "good"], ignoreOrder: true);
            (lines["good"].Word, lines["good"].Share).ShouldBe(("app", 1000));
            lines["a"].Word.ShouldBe("broken");
            (lines["b"].Share, lines["b"].Source).ShouldBe((0, "stable"));
            (lines["c"].Share, lines["c"].Source).ShouldBe((10_000, "lock"));
            lines["d"].Word.ShouldBe("broken");
        }
    }

    [Fact]
    public async Task A_rollback_that_is_not_valid_is_said_to_be_broken()
    {
        await _store.PutAllAsync([.. Pairs("shop", Documents.Blue, Documents.Share(90, 10)), .. Pairs("pay", Documents.Locked("green"), Documents.Share(90, 10)), ("control/rollback", "{\"to\":\"nowhere\"}")]);

        foreach (var name in Templates.Names)
        {
            var rendered = (await _store.RenderAsync(name))!;

            rendered.Split('\n')[1].ShouldStartWith("# rollback broken ");
            // Every application says what its own documents say; the script knows what of that is under the rollback of before.
            Documents.Lines(rendered).Values.Select(line => (line.Name, line.Share, line.Source)).ShouldBe([("shop", 1000, "weights"), ("pay", 10_000, "lock")], ignoreOrder: true);
        }
    }

    [Fact]
    public async Task A_store_without_applications_renders_nothing()
    {
        foreach (var name in Templates.Names) (await _store.RenderAsync(name)).ShouldBeNull();
        await _store.PutAllAsync([("state/shop", Documents.Blue), ("weights/shop", Documents.Share(1, 1))]);
        foreach (var name in Templates.Names) (await _store.RenderAsync(name)).ShouldBeNull();
    }

    [Fact]
    public async Task A_tombstone_is_told_from_an_application_that_is_not_there()
    {
        await _store.PutAllAsync([.. Pairs("shop", Documents.Blue, Documents.Share(90, 10)), ("apps/old", """{"name":"old","routing":{"backend":"be"},"deleted":true}""")]);

        var old = Documents.Lines(await _store.RenderAsync("runtime"))["old"];

        old.Word.ShouldBe("gone");
        old.Fields.Count.ShouldBe(3);
    }

    private static IEnumerable<(string Key, string Value)> Pairs(string app, string state, string weights) =>
        [("apps/" + app, Documents.Weights(app, "be_" + app)), ("state/" + app, state), ("weights/" + app, weights)];

    private static IEnumerable<(string Key, string Value)> Mapped(string app, string state, string weights) =>
        [("apps/" + app, Documents.Map(app, "web", app.EndsWith('3') ? "random" : "sticky")), ("state/" + app, state), ("weights/" + app, weights)];

    private static (AppTraffic Traffic, Known<FleetRollback> Fleet) Read(IReadOnlyDictionary<string, Entry> entries, string app)
    {
        var traffic = new AppTraffic(AppName.Parse(app)) { Definition = Known<AppDefinition>("apps/"), Weights = Known<Weights>("weights/"), State = Known<AppState>("state/") };
        return (traffic, Of<FleetRollback>(Keys.FleetRollback));

        Known<T> Known<T>(string prefix)
            where T : Document => Of<T>(prefix + app);

        Known<T> Of<T>(string key)
            where T : Document => Core.Traffic.Known<T>.Nothing.Next(entries.TryGetValue(key, out var entry) ? Reading.Of<T>(entry) : null);
    }
}
