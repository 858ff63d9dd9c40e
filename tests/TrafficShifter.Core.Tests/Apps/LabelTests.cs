using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Tests.Traffic;

namespace TrafficShifter.Core.Tests.Apps;

public sealed class LabelTests
{
    [Theory]
    [InlineData("tier", "shop")]
    [InlineData("example.com/tier", "")]
    [InlineData("app.kubernetes.io/part-of", "Checkout_2.0")]
    public void What_Kubernetes_takes_is_taken(string name, string value) => With(name, value).FindProblem().ShouldBeNull();

    [Theory]
    [InlineData("", "shop", "labels: \"\" is not a label's name like \"tier\" or \"example.com/tier\"")]
    [InlineData("-tier", "shop", "labels: \"-tier\" is not a label's name like \"tier\" or \"example.com/tier\"")]
    [InlineData("Example.com/tier", "shop", "labels: \"Example.com/tier\" is not a label's name like \"tier\" or \"example.com/tier\"")]
    [InlineData("a/b/c", "shop", "labels: \"a/b/c\" is not a label's name like \"tier\" or \"example.com/tier\"")]
    [InlineData("tier", "sh op", "labels: \"tier\" has the value \"sh op\", and a value is up to 63 of a-z, A-Z, 0-9, '-', '_' and '.', a letter or digit first and last")]
    [InlineData("tier", null, "labels: \"tier\" has the value \"\", and a value is up to 63 of a-z, A-Z, 0-9, '-', '_' and '.', a letter or digit first and last")]
    public void What_it_does_not_take_is_refused(string name, string? value, string problem) => With(name, value!).FindProblem().ShouldBe(problem);

    [Fact]
    public void There_are_at_most_32() =>
        (Some.Definition with { Labels = Enumerable.Range(0, 33).ToDictionary(i => $"l{i}", _ => "x") }).FindProblem().ShouldBe("labels: at most 32, not 33");

    [Theory]
    [InlineData(0, null)]
    [InlineData(100, null)]
    [InlineData(-1, "criticality: 0 to 100, not -1")]
    [InlineData(101, "criticality: 0 to 100, not 101")]
    public void Criticality_is_0_to_100(int criticality, string? problem) => (Some.Definition with { Criticality = criticality }).FindProblem().ShouldBe(problem);

    private static AppDefinition With(string name, string value) => Some.Definition with { Labels = new Dictionary<string, string> { [name] = value } };
}
