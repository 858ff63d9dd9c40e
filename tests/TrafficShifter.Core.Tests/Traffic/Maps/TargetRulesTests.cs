using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using static TrafficShifter.Core.Tests.Traffic.Maps.SomeMapped;

namespace TrafficShifter.Core.Tests.Traffic.Maps;

public sealed class TargetRulesTests
{
    private static readonly TargetRules Some = new()
    {
        Users = new Dictionary<UserId, Colour> { [User("alice")] = Colour.Green, [User("carol")] = Colour.Blue },
        OptOut = [User("bob")],
        Groups = [new GroupRule(GroupName.Parse("staff"), Colour.Green), new GroupRule(GroupName.Parse("beta"), Colour.Green, GroupSource.Cookie)],
        Networks = [Net("10.1.0.0/16")],
    };

    [Fact]
    public void Rules_become_these_rows()
    {
        var (image, problems) = MapImage.Of([App(hosts: ["shop.test", "www.shop.test"]) with { Rules = Some }]);

        problems.ShouldBeEmpty();
        image[MapFile.Hosts].ShouldBe(Rows(("shop.test", "shop"), ("www.shop.test", "shop")), ignoreOrder: true);
        image[MapFile.Apps].ShouldBe(Rows(("shop", "S.500.web.shop")));
        image[MapFile.Users].ShouldBe(Rows(("alice|shop", "-1"), ("carol|shop", "10000"), ("bob|shop", "10000")), ignoreOrder: true);
        image[MapFile.Groups].ShouldBe(Rows(("staff|shop", "-1"), ("beta|cookie|shop", "-1"), ("10.1.0.0/16|net|shop", "-1")), ignoreOrder: true);
        image[MapFile.Networks].ShouldBe(Rows(("10.1.0.0/16", "10.1.0.0/16")));
    }

    [Fact]
    public void Opted_out_user_gets_the_stable_colour_and_not_that_of_a_target_rule()
    {
        var rules = new TargetRules { Users = new Dictionary<UserId, Colour> { [User("bob")] = Colour.Green }, OptOut = [User("bob")] };

        MapImage.Of([App() with { Rules = rules }]).Image[MapFile.Users].ShouldBe(Rows(("bob|shop", "10000")));
        MapImage.Of([App() with { Rules = rules with { Users = new Dictionary<UserId, Colour> { [User("bob")] = Colour.Blue } }, Stable = Colour.Green }])
            .Image[MapFile.Users].ShouldBe(Rows(("bob|shop", "-1")));
    }

    [Fact]
    public void Narrower_network_of_another_app_does_not_hide_a_wide_one()
    {
        var (image, problems) = MapImage.Of(
        [
            App("wide") with { Rules = new TargetRules { Networks = [Net("10.0.0.0/8"), Net("2001:db8::/32", Colour.Blue)] } },
            App("narrow") with { Rules = new TargetRules { Networks = [Net("10.1.0.0/16", Colour.Blue)] } },
        ]);

        problems.ShouldBeEmpty();
        image[MapFile.Groups].ShouldBe(
            Rows(("10.0.0.0/8|net|wide", "-1"), ("10.1.0.0/16|net|wide", "-1"), ("10.1.0.0/16|net|narrow", "10000"), ("2001:db8::/32|net|wide", "10000")), ignoreOrder: true);
    }

    [Fact]
    public void Host_of_two_apps_goes_to_the_first_name_and_is_reported()
    {
        var (image, problems) = MapImage.Of([App("zoo", hosts: ["a.test"]), App("shop", hosts: ["a.test"])]);

        image[MapFile.Hosts].ShouldBe(Rows(("a.test", "shop")));
        problems.Single().ShouldBe("hosts.map: \"a.test\" is to be both shop and zoo; the first stays");
    }

    [Fact]
    public void Problems_name_their_field()
    {
        Some.FindProblem().ShouldBeNull();
        (Some with { OptOut = [.. Enumerable.Range(0, 9_999).Select(n => User($"u{n}"))] }).FindProblem().ShouldBe("users: at most 10000 with those opted out, not 10001");
        (Some with { OptOut = [User("x"), User("x")] }).FindProblem().ShouldBe("optOut/1: \"x\" is there twice");
        (Some with { Groups = [Some.Groups[0], Some.Groups[0] with { To = Colour.Blue }] }).FindProblem().ShouldBe("groups/1: \"staff\" is there twice");
        (Some with { Networks = [Net("10.0.0.0/8"), Net("10.1.0.0/16", Colour.Blue)] }).FindProblem().ShouldBe("networks/1: 10.0.0.0/8 and 10.1.0.0/16 overlap");
        (Some with { Networks = [Net("10.0.0.0/8"), Net("::/0")] }).FindProblem().ShouldBeNull();
    }

    [Fact]
    public void Rules_survive_their_JSON()
    {
        var text = DocumentJson.Write(Some);

        text.ShouldContain("\"users\":{\"alice\":\"green\",\"carol\":\"blue\"},\"optOut\":[\"bob\"]");
        text.ShouldContain("{\"group\":\"beta\",\"to\":\"green\",\"by\":\"cookie\"}");
        DocumentJson.Write(JsonSerializer.Deserialize<TargetRules>(text, DocumentJson.Options)!).ShouldBe(text);
        Should.Throw<JsonException>(() => JsonSerializer.Deserialize<TargetRules>("{\"users\":{\"a b\":\"green\"}}", DocumentJson.Options)).Message.ShouldContain("U+0020");
    }

    private static Dictionary<string, string> Rows(params (string Key, string Value)[] rows) => rows.ToDictionary(r => r.Key, r => r.Value);
}
