using System.Text.Json;
using TrafficShifter.Cli.Output;
using TrafficShifter.Core.Documents;

namespace TrafficShifter.Cli.Tests;

public sealed class OutputTests
{
    [Fact]
    public void A_table_is_cut_to_the_terminal_and_wide_is_not()
    {
        var table = new Table("APP", "TRAFFIC", new Column("ID", Wide: true), "WHY").Add("shop", "●90 ▲10", "7", "5xx 4.1 % on green").Add("a-longer-name", "●100 ▲0", "8", null);
        Written(table, 30, wide: false).ShouldBe("APP            TRAFFIC  WHY\nshop           ●90 ▲10  5xx 4…\na-longer-name  ●100 ▲0  -\n");
        Written(table, null, wide: true).ShouldBe("APP            TRAFFIC  ID  WHY\nshop           ●90 ▲10  7   5xx 4.1 % on green\na-longer-name  ●100 ▲0  8   -\n");
    }

    [Theory]
    [InlineData("✋ waiting", 10)]
    [InlineData("●90 ▲10", 7)]
    [InlineData("🔒", 2)]
    [InlineData("日本", 4)]
    [InlineData("e\u0301", 1)]
    public void Widths_are_those_of_a_terminal(string text, int width) => Table.WidthOf(text).ShouldBe(width);

    [Theory]
    [InlineData("""{"a":1,"b":"5%","c":["x","no"],"d":{"e":null,"f":true},"g":[],"h":{},"i":"a: b","j":"","k":"2m","l":[[1,2],[{"m":"n"}]],"o":"line\nbreak","1e3":"12:30","p":0.01,"q":"- x","r":"#x"}""")]
    [InlineData("""[{"name":"shop"},"x",1]""")]
    public void Yaml_is_read_back_as_the_same_document(string json)
    {
        using var document = JsonDocument.Parse(json);
        var yaml = YamlWriter.Write(document.RootElement);
        var (back, problem) = YamlText.ToJson(yaml);
        problem.ShouldBeNull(yaml);
        using var read = JsonDocument.Parse(back!);
        JsonElement.DeepEquals(read.RootElement, document.RootElement).ShouldBeTrue(yaml);
    }

    [Theory]
    [InlineData("0%", "●100 ████████████████████████████████████████ 0▲")]
    [InlineData("0.01%", "●99.99 ███████████████████████████████████████▨ 0.01▲")]
    [InlineData("50%", "●50 ████████████████████▨▨▨▨▨▨▨▨▨▨▨▨▨▨▨▨▨▨▨▨ 50▲")]
    [InlineData(null, "-")]
    public void A_share_above_zero_is_seen(string? green, string expected) => Shown.Bar(green).ShouldBe(expected);

    [Fact]
    public void Differences_name_each_place()
    {
        using var old = JsonDocument.Parse("""{"a":1,"b":[1,2],"c/d":{"e":"x"},"same":true}""");
        using var next = JsonDocument.Parse("""{"a":2,"b":[1],"c/d":{"e":"y","f":null},"same":true}""");
        Differences.Between(old.RootElement, next.RootElement).ShouldBe(["- /a: 1", "+ /a: 2", "- /b/1: 2", "- /c~1d/e: \"x\"", "+ /c~1d/e: \"y\"", "+ /c~1d/f: null"]);
    }

    private static string Written(Table table, int? width, bool wide)
    {
        using var text = new StringWriter { NewLine = "\n" };
        table.Write(text, width, wide, colour: false);
        return text.ToString();
    }
}
