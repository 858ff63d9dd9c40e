namespace TrafficShifter.VictoriaMetrics.Tests;

/// <summary>Which queries may stand in a union with others: only what can be read as one expression, whoever reads it.</summary>
public sealed class QueryUnionTests
{
    [Fact]
    public void A_union_marks_each_query_around_the_whole_of_it() =>
        QueryUnion.Of(["sum(a)", "b / c"]).ShouldBe("""union(label_set(sum(a), "ts_query", "0"), label_set(b / c, "ts_query", "1"))""");

    [Theory]
    [InlineData("""sum(rate(errors{app="shop",code=~"5.."}[30s])) / sum(rate(all{app="shop"}[30s]))""")]
    [InlineData("""histogram_quantile(0.99, sum by (le) (rate(b{app='a"b'}[1m])))""")]
    [InlineData("sum(a) or vector(0)")]
    [InlineData("(sum(a) + 1) * 2 > bool 3")]
    [InlineData("sum(a)\n  / on(x) group_left(y) b offset 5m")]
    [InlineData("""a{b="),]},#\"",c=`x`}""")]
    [InlineData("without + within")]
    public void What_is_one_expression_joins(string query) => QueryUnion.CanJoin(query).ShouldBeTrue(query);

    [Theory]
    [InlineData("a), label_set(b")]
    [InlineData("a), \"ts_query\", \"7\"")]
    [InlineData("a, b")]
    [InlineData("(a, b)")]
    [InlineData("sum(a) # and so on")]
    [InlineData("a\\, b")]
    [InlineData("errors[5m]")]
    [InlineData("(errors[5m])")]
    [InlineData("((errors[5m] offset 1h))")]
    [InlineData("\"text\"")]
    [InlineData("('text')")]
    [InlineData("a{b=\"c}")]
    [InlineData("sum(a")]
    [InlineData("sum(a]")]
    [InlineData("WITH (x = 1) x")]
    [InlineData("sum(with (x = 1) x)")]
    [InlineData("label_set(a, \"ts_query\", \"1\")")]
    [InlineData("sum by (TS_QUERY) (a)")]
    [InlineData("a；b")]
    [InlineData("a;b")]
    [InlineData("a\rb")]
    [InlineData(" ")]
    public void What_could_mean_something_else_there_is_asked_alone(string query) => QueryUnion.CanJoin(query).ShouldBeFalse(query);

    [Fact]
    public void A_long_query_is_asked_alone() => QueryUnion.CanJoin($"sum({new string('a', QueryUnion.MaxJoined)})").ShouldBeFalse();
}
