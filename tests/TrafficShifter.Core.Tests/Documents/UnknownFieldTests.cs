using System.Text.Json;
using System.Text.Json.Nodes;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Documents;

public sealed class UnknownFieldTests
{
    [Fact]
    public void What_a_newer_version_wrote_survives_at_every_depth()
    {
        Survives<AppDefinition>("""{"name":"shop","hosts":[],"owners":[],"routing":{"kind":"weights","backend":"shop","blue":{"prefix":"blue","x":1},"green":{"prefix":"green"},"y":[1,{"z":null}]},"schema":1,"w":"1e400"}""");
        Survives<AppState>("""{"stable":"blue","lock":{"to":"blue","by":"anna","reason":"why","at":"2026-11-21T12:00:00+00:00","severed":true},"schema":1,"mirrored":{"from":"green"}}""");
        Survives<Weights>("""{"blue":90,"green":10,"schema":1,"note":{"de":"für später"}}""");
        Survives<FleetRollback>("""{"to":"stable","by":"anna","reason":"why","at":"2026-11-21T12:00:00+00:00","schema":1,"only":["eu"]}""");
        Survives<FeedEntry>("""{"number":5,"keys":["weights/shop"],"schema":1,"hint":{}}""");
        Survives<NodeRegistration>("""{"node":"hap1","at":"2026-11-21T12:00:00+00:00","schema":1,"rack":"7"}""");
        Survives<NodeLiveness>("""{"observedIndex":7,"exceptions":[],"at":"2026-11-21T12:00:00+00:00","schema":1,"load":0.5}""");
        Survives<HistoryEntry>("""{"id":"1","app":"shop","kind":"k","by":"anna","at":"2026-11-21T12:00:00+00:00","sentence":"s","schema":1,"ticket":"OPS-1"}""");
    }

    [Theory]
    [InlineData("""{"name":"shop","routing":{"backend":"shop"}}""", null)]
    [InlineData("""{"name":"shop","routing":{"backend":"shop"},"extra":1}""", "/extra")]
    [InlineData("""{"name":"shop","routing":{"backend":"shop","weight":1}}""", "/routing/weight")]
    [InlineData("""{"name":"shop","routing":{"backend":"shop","blue":{"prefix":"b","prefixes":[]}}}""", "/routing/blue/prefixes")]
    [InlineData("""{"name":"shop","routing":{"backend":"shop","green":{"prefix":"g","~":[]}}}""", "/routing/green/~0")]
    public void A_field_that_a_person_sent_and_nobody_knows_is_pointed_at(string json, string? at) =>
        JsonSerializer.Deserialize<AppDefinition>(json, DocumentJson.Options)!.FindUnknownField().ShouldBe(at);

    [Fact]
    public void A_lock_s_unknown_field_is_found_in_the_state() =>
        JsonSerializer.Deserialize<AppState>("""{"stable":"blue","lock":{"to":"blue","by":"a","reason":"b","at":"2026-11-21T12:00:00+00:00","until":"x"}}""", DocumentJson.Options)!
            .FindUnknownField().ShouldBe("/lock/until");

    private static void Survives<T>(string json)
        where T : Document
    {
        var rewritten = DocumentJson.Write(JsonSerializer.Deserialize<T>(json, DocumentJson.Options)!);
        JsonNode.DeepEquals(JsonNode.Parse(rewritten), JsonNode.Parse(json)).ShouldBeTrue($"{typeof(T).Name} was\n{json}\nand is\n{rewritten}");
    }
}
