using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Overview;
using TrafficShifter.Core.Tests.Traffic;

namespace TrafficShifter.Core.Tests.Overview;

public sealed class AskedSharesTests
{
    [Theory]
    [InlineData("weights.set", """{"blue":90,"green":10}""", 10.0)]
    [InlineData("rollout.advanced", """{"blue":1,"green":1,"by":"controller"}""", 50.0)]
    [InlineData("app.rolledBack", """{"stable":"blue","lock":{"to":"green"}}""", 100.0)]
    [InlineData("app.rolledBack", """{"stable":"green","lock":{"to":"blue"}}""", 0.0)]
    [InlineData("app.unlocked", """{"stable":"green"}""", 100.0)]
    [InlineData("app.undone", """{"stable":"blue"}""", 0.0)]
    [InlineData("rollout.created", """{"stable":"blue","rollout":"shop-1"}""", null)]
    [InlineData("app.replaced", """{"name":"shop"}""", null)]
    [InlineData("weights.setByHand", "null", null)]
    [InlineData("weights.setByHand", """{"blue":0,"green":0}""", null)]
    [InlineData("weights.setByHand", """{"blue":-1,"green":"x"}""", null)]
    [InlineData("app.rolledBack", """{"lock":"x"}""", null)]
    [InlineData("app.evacuated", """{"stable":"blue","lock":{"to":"blue"},"evacuated":{"colour":"green","left":"100%","before":{"blue":90,"green":10}}}""", 0.0)]
    [InlineData("app.evacuated", """{"stable":"blue","lock":{"to":"green"},"evacuated":{"colour":"green","left":"100%","before":{"blue":90,"green":10}}}""", 100.0)]
    [InlineData("app.evacuated", """{"stable":"blue","lock":null,"evacuated":{"colour":"green","left":"50%","before":{"blue":60,"green":40}}}""", 20.0)]
    [InlineData("app.evacuated", """{"stable":"green","evacuated":{"colour":"blue","left":"25%","before":{"blue":60,"green":40}}}""", 55.0)]
    [InlineData("app.evacuated", """{"evacuated":{"colour":"green","left":"most","before":{"blue":60,"green":40}}}""", null)]
    [InlineData("app.evacuated", """{"evacuated":{"colour":"green","left":"50%","before":7}}""", null)]
    public void What_a_change_asks_for_is_in_what_is_after_it(string kind, string after, double? expected) =>
        AskedShares.Of([Entry(1, kind, after)], [Some.Noon.AddSeconds(2)]).ShouldBe([expected]);

    [Fact]
    public void A_share_holds_until_the_next_change_and_is_not_known_before_the_first()
    {
        var history = new[] { Entry(20, "weights.set", """{"blue":50,"green":50}"""), Entry(10, "weights.set", """{"blue":90,"green":10}"""), Entry(15, "app.replaced", "{}") };

        AskedShares.Of(history, [.. new[] { 9, 10, 19, 20, 30 }.Select(s => Some.Noon.AddSeconds(s))]).ShouldBe([null, 10, 10, 50, 50]);
    }

    [Fact]
    public void What_the_first_change_found_was_asked_before_it_but_not_before_the_application_was_there()
    {
        var change = Entry(20, "weights.set", """{"blue":50,"green":50}""") with { Before = JsonSerializer.Deserialize<JsonElement>("""{"blue":100,"green":0}""") };
        var moments = new[] { 5, 15, 25 }.Select(s => Some.Noon.AddSeconds(s)).ToList();

        AskedShares.Of([change], moments).ShouldBe([0, 0, 50]);
        AskedShares.Of([Entry(10, "app.created", "{}"), change], moments).ShouldBe([null, 0, 50]);
    }

    [Fact]
    public void What_was_evacuated_asks_for_nothing_there_until_it_has_what_it_had()
    {
        var gone = JsonSerializer.Deserialize<JsonElement>("""{"stable":"blue","lock":{"to":"blue"},"evacuated":{"colour":"green","left":"100%","before":{"blue":90,"green":10}}}""");
        var history = new[]
        {
            Entry(10, "app.evacuated", gone.GetRawText()) with { Before = JsonSerializer.Deserialize<JsonElement>("""{"stable":"blue"}""") },
            Entry(20, "app.restored", """{"stable":"blue"}""") with { Before = gone },
        };

        AskedShares.Of(history, [.. new[] { 5, 15, 25 }.Select(s => Some.Noon.AddSeconds(s))]).ShouldBe([10, 0, 10]);
    }

    [Fact]
    public void A_lock_that_outlives_an_evacuation_still_says_where_all_traffic_goes()
    {
        var restored = Entry(20, "app.restored", """{"stable":"blue","lock":{"to":"blue"}}""") with
        {
            Before = JsonSerializer.Deserialize<JsonElement>("""{"evacuated":{"colour":"green","left":"100%","before":{"blue":90,"green":10}}}"""),
        };

        AskedShares.Of([restored], [Some.Noon.AddSeconds(25)]).ShouldBe([0]);
    }

    private static HistoryEntry Entry(int second, string kind, string after) => new()
    {
        Id = $"{second:D26}", App = Some.Shop, Kind = kind, By = "anna", At = Some.Noon.AddSeconds(second), Sentence = "", After = JsonSerializer.Deserialize<JsonElement>(after),
    };
}
