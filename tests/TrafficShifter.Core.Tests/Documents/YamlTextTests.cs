using TrafficShifter.Core.Documents;

namespace TrafficShifter.Core.Tests.Documents;

public sealed class YamlTextTests
{
    [Theory]
    [InlineData("- {\ne", "look for a bracket or a brace that is not closed")]
    [InlineData("a: [1, 2", "(line 2, column 1)")]
    [InlineData("a: &x 1", "anchors and tags are not taken (line 1, column 4)")]
    [InlineData("!!]", "anchors and tags are not taken")]
    [InlineData(" : a", "a key has no value")]
    [InlineData("a: *x", "aliases are not taken")]
    [InlineData("? [a]\n: b", "a key is a text")]
    [InlineData("a: 1\n---\nb: 2", "one document is wanted, this is the second")]
    public void What_is_no_YAML_is_refused_with_a_sentence(string yaml, string says)
    {
        var (json, problem) = YamlText.ToJson(yaml);

        json.ShouldBeNull();
        problem.ShouldNotBeNull().ShouldContain(says);
    }

    [Fact]
    public void What_is_too_deep_is_refused() => YamlText.ToJson(new string('[', 100)).Problem.ShouldNotBeNull().ShouldContain("more than 32 levels deep");
}
