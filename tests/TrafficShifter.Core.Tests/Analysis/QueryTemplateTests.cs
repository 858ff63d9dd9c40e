using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Tests.Analysis;

public sealed class QueryTemplateTests
{
    private static readonly Routing ByPrefix = new() { Backend = ProxyName.Parse("be.shop"), Blue = new() { Prefix = "blue." }, Green = new() { Prefix = "green" } };

    [Theory]
    [InlineData("""up{app="{{app}}"}""", """up{app="shop"}""")]
    [InlineData("""up{app="{{ app }}",c='{{colour}}',s=`{{stable}}`}""", """up{app="shop",c='blue',s=`green`}""")]
    [InlineData("rate(x[{{window}}])", "rate(x[7s])")]
    [InlineData("x_{{colour}}_total", "x_blue_total")]
    [InlineData("""up{proxy="{{backend}}"}""", """up{proxy="be.shop"}""")]
    [InlineData("""up{proxy=~"{{backend}}"}""", """up{proxy=~"be\\.shop"}""")]
    [InlineData("""up{proxy=~'{{backend}}'}""", """up{proxy=~'be\\.shop'}""")]
    [InlineData("""up{proxy!~ `{{backend}}`}""", """up{proxy!~ `be\.shop`}""")]
    [InlineData("""up{server=~"{{server}}"}""", """up{server=~"blue\\..*"}""")]
    [InlineData("""up{server!~"x|{{server}}"}""", """up{server!~"x|(?:blue\\..*)"}""")]
    [InlineData("""up{a="\"{{app}}"}""", """up{a="\"shop"}""")]
    [InlineData("up # {{nothing}} \"here\n+ {{window}}", "up # {{nothing}} \"here\n+ 7s")]
    public void Values_are_escaped_for_where_they_stand(string template, string query)
    {
        var values = TemplateValues.Of(AppName.Parse("shop"), ByPrefix, Colour.Blue, TimeSpan.FromSeconds(7));
        QueryTemplate.Parse(template).Resolve(values).ShouldBe(query);
    }

    [Fact]
    public void Listed_servers_are_alternatives()
    {
        var routing = ByPrefix with { Green = new() { Servers = [ProxyName.Parse("a.1"), ProxyName.Parse("b")] } };
        var values = TemplateValues.Of(AppName.Parse("shop"), routing, Colour.Green, TimeSpan.FromMilliseconds(500));
        QueryTemplate.Parse("""a{s=~"{{server}}"}""").Resolve(values).ShouldBe("""a{s=~"a\\.1|b"}""");
        QueryTemplate.Parse("""a{s=~"{{server}}|c"}[{{window}}]""").Resolve(values).ShouldBe("""a{s=~"(?:a\\.1|b)|c"}[500ms]""");
    }

    [Theory]
    [InlineData("", "the query is empty")]
    [InlineData("""up{app="{{ap}}"}""", "character 9: there is no placeholder {{ap}}; there are {{app}}, {{colour}}, {{stable}}, {{window}}, {{backend}} and {{server}}")]
    [InlineData("""up{app="{{}}"}""", "character 9: there is no placeholder {{}}; there are {{app}}, {{colour}}, {{stable}}, {{window}}, {{backend}} and {{server}}")]
    [InlineData("""up{app="{{app}"}""", "character 9: \"{{\" without \"}}\" after it")]
    [InlineData("""up{app="app}}"}""", "character 12: \"}}\" without \"{{\" before it")]
    [InlineData("""up{app="a"}}""", "character 11: \"}}\" without \"{{\" before it")]
    [InlineData("sum(up", "the query ends before '(' is closed")]
    [InlineData("sum(up])", "character 7: ']' closes nothing")]
    [InlineData("up{app=\"shop}", "character 8: the string that begins here is never closed")]
    [InlineData("up{app=\"shop\\\"}", "character 8: the string that begins here is never closed")]
    [InlineData("""up{server="{{server}}"}""", "character 12: {{server}} is a regular expression and stands only in quotes after =~ or !~, as in server=~\"{{server}}\"")]
    [InlineData("{{app}}_total", "character 1: {{app}} stands outside quotes, where a '-' in the name would be a minus sign")]
    public void What_is_wrong_is_said_with_its_place(string template, string problem) =>
        QueryTemplate.FindProblem(template).ShouldBe(problem);
}
