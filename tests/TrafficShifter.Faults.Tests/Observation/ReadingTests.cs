using System.Text;
using System.Text.Json;
using TrafficShifter.Faults.Observation;

namespace TrafficShifter.Faults.Tests.Observation;

public sealed class ReadingTests
{
    private const string Rows = """
        type=str, case=sensitive, found=yes, idx=tree, key="cart", value="R.2500.cart.cart", type="str"

        type=str, case=sensitive, found=yes, idx=tree, key="tide", value="r.0.tide.tide", type="str"

        type=str, case=sensitive, found=yes, idx=tree, key="flame", value="b.0.flame.flame", type="str"
        """;

    [Fact]
    public void Shares_are_made_of_weights_and_rows_in_the_order_of_the_questions()
    {
        var shares = NodeWatch.Parse($"Pid: 7\n{Weights((100, 100), (0, 256), (0, 0), (75, 25))}\n{Rows}").ShouldNotBeNull();

        shares.ShouldBe(new Dictionary<string, decimal?> { ["shop"] = 50, ["roll"] = 100, ["fought"] = null, ["fire"] = 25, ["cart"] = 25, ["tide"] = 0, ["flame"] = 0 }, ignoreOrder: true);
    }

    [Fact]
    public void An_answer_that_is_cut_off_is_none() => NodeWatch.Parse($"Pid: 7\n{Weights((100, 100), (0, 256))}").ShouldBeNull();

    [Fact]
    public void What_is_wanted_is_the_weights_unless_a_lock_is_above_them()
    {
        var wanted = StoreWatch.Parse(Transaction(
            ("weights/shop", """{"blue":3,"green":1}"""), ("state/shop", """{"stable":"blue"}"""),
            ("weights/fire", """{"blue":50,"green":50}"""), ("state/fire", """{"stable":"blue","lock":{"to":"blue"}}""")));

        wanted.ToDictionary(w => w.Key, w => w.Value).ShouldBe(new Dictionary<string, StoredShare> { ["shop"] = new(25, 0, true), ["fire"] = new(0, 0, true) }, ignoreOrder: true);
    }

    [Theory]
    [InlineData("stable", 100, 0)]
    [InlineData("green", 100, 100)]
    public void A_rollback_of_all_is_above_the_weights_of_every_application_whose_state_is_older(string to, int older, int other)
    {
        var wanted = StoreWatch.Parse(Transaction(
            ("weights/roll", """{"blue":50,"green":50}""", 9), ("state/roll", """{"stable":"green","lock":null}""", 5),
            ("weights/shop", """{"blue":50,"green":50}""", 9), ("state/shop", """{"stable":"blue"}""", 6),
            ("weights/fire", """{"blue":50,"green":50}""", 9), ("state/fire", """{"stable":"blue"}""", 8),
            ("control/rollback", $$"""{"to":"{{to}}"}""", 7)));

        wanted.ToDictionary(w => w.Key, w => w.Value).ShouldBe(
            new Dictionary<string, StoredShare> { ["roll"] = new(older, 100, false), ["shop"] = new(other, 0, false), ["fire"] = new(50, 0, true) }, ignoreOrder: true);
    }

    [Theory]
    [InlineData("01B", 4, 0)]
    [InlineData("01B", 6, 100)]
    [InlineData("01B", 0, 100)]
    [InlineData("01A", 4, 100)]
    [InlineData("019", 4, 100)]
    public void A_rollback_of_all_that_a_slow_store_took_after_what_was_given_later_is_not(string taken, int known, int green)
    {
        var (state, rollback) = ($$"""{"stable":"blue","lock":{"to":"blue","reason":"later"},"overrideAck":"{{taken}}"}""", $$"""{"id":"01A","knownIndex":{{known}},"to":"green","reason":"sooner"}""");

        var wanted = StoreWatch.Parse(Transaction(("weights/fire", """{"blue":50,"green":50}""", 4), ("state/fire", state, 6), ("control/rollback", rollback, 7)));

        wanted.ShouldBe(new Dictionary<string, StoredShare> { ["fire"] = new(green, 0, IsSwept: false) });
    }

    private static string Weights(params (int Blue, int Green)[] weights) => string.Concat(weights.Select(w => $"{w.Blue} (initial 100)\n\n{w.Green} (initial 100)\n\n"));

    private static string Transaction(params (string Key, string Value)[] documents) => Transaction([.. documents.Select(d => (d.Key, d.Value, 1))]);

    private static string Transaction(params (string Key, string Value, int Index)[] documents) =>
        JsonSerializer.Serialize(new { Results = documents.Select(d => new { KV = new { Key = $"traffic-shifter/{d.Key}", ModifyIndex = d.Index, Value = Convert.ToBase64String(Encoding.UTF8.GetBytes(d.Value)) } }) });
}
