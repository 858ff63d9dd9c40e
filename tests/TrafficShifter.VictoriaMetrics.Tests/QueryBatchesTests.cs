using System.Globalization;
using System.Text.RegularExpressions;
using TrafficShifter.Core.Ports;

namespace TrafficShifter.VictoriaMetrics.Tests;

/// <summary>Many queries at once: few requests, and for each query the answer that it gets alone, whatever the others do.</summary>
public sealed partial class QueryBatchesTests
{
    private const int Many = 200;

    [Fact]
    public async Task Many_queries_are_a_few_requests()
    {
        await using var server = new AskingServer(Answer);
        var answers = await AskAsync(server, [.. Enumerable.Range(0, Many).Select(Healthy)]);

        ShouldBeTheirs(answers, Enumerable.Range(0, Many));
        server.Queries.Count(q => q.StartsWith("union(", StringComparison.Ordinal)).ShouldBeGreaterThan(0);
        server.Queries.Count.ShouldBeLessThan(Many / 3, "alone are those that came before there were many");
    }

    [Fact]
    public async Task A_query_that_is_refused_changes_no_others_answer()
    {
        await using var server = new AskingServer(query => query.Contains("nofunction", StringComparison.Ordinal) ? (422, """{"status":"error","errorType":"422","error":"unknown func \"nofunction\""}""") : Answer(query));
        var answers = await AskAsync(server, [.. Enumerable.Range(0, Many).Select(Healthy), "nofunction(7)"]);

        ShouldBeTheirs(answers, Enumerable.Range(0, Many));
        (await answers[^1]).ShouldBe(new QueryAnswer.Refused("unknown func \"nofunction\""));
    }

    [Fact]
    public async Task A_query_that_hangs_changes_no_others_answer_and_is_asked_alone_from_then_on()
    {
        await using var server = new AskingServer(query => query.Contains("endless", StringComparison.Ordinal) ? null : Answer(query));
        using var client = Client(server);
        using var source = new VictoriaMetricsSource(client, TimeProvider.System);
        var answers = Ask(source, [.. Enumerable.Range(0, Many).Select(Healthy), "endless(7)"]);
        ShouldBeTheirs(answers, Enumerable.Range(0, Many));
        (await Should.ThrowAsync<MetricSourceUnavailableException>(() => answers[^1])).Message.ShouldContain("endless(7)");
        server.Queries.Clear();

        answers = Ask(source, [.. Enumerable.Range(0, Many).Select(Healthy), "endless(7)"]);
        ShouldBeTheirs(answers, Enumerable.Range(0, Many));
        await Should.ThrowAsync<MetricSourceUnavailableException>(() => answers[^1]);
        server.Queries.ShouldContain("endless(7)");
        server.Queries.ShouldNotContain(q => q.StartsWith("union(", StringComparison.Ordinal) && q.Contains("endless", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_source_that_is_away_is_away_for_each()
    {
        await using var server = new AskingServer(_ => (503, "overloaded"));
        foreach (var answer in await AskAsync(server, [.. Enumerable.Range(0, 50).Select(Healthy)]))
            (await Should.ThrowAsync<MetricSourceUnavailableException>(() => answer)).Message.ShouldContain("status 503");
    }

    private static string Healthy(int number) => string.Create(CultureInfo.InvariantCulture, $"healthy({number})");

    /// <summary>A value for each query: the number that it has in its brackets.</summary>
    private static (int, string)? Answer(string query)
    {
        var asked = Asked().Matches(query).Select(m => m.Groups[1].Value).ToList();
        var series = query.StartsWith("union(", StringComparison.Ordinal)
            ? asked.Select((number, mark) => $$"""{"metric":{"ts_query":"{{mark}}"},"value":[1795262984,"{{number}}"]}""")
            : asked.Select(number => $$"""{"metric":{},"value":[1795262984,"{{number}}"]}""");
        return (200, $$$"""{"status":"success","data":{"resultType":"vector","result":[{{{string.Join(',', series)}}}]}}""");
    }

    private static async Task<IReadOnlyList<Task<QueryAnswer>>> AskAsync(AskingServer server, IReadOnlyList<string> queries)
    {
        using var client = Client(server);
        using var source = new VictoriaMetricsSource(client, TimeProvider.System);
        var answers = Ask(source, queries);
        await ((Task)Task.WhenAll(answers)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return answers;
    }

    private static IReadOnlyList<Task<QueryAnswer>> Ask(VictoriaMetricsSource source, IReadOnlyList<string> queries) => [.. queries.Select(q => source.QueryAsync(q, default))];

    private static VictoriaMetricsClient Client(AskingServer server) => new(new VictoriaMetricsOptions { Address = server.Address, Timeout = TimeSpan.FromSeconds(10) }, TimeProvider.System);

    private static void ShouldBeTheirs(IReadOnlyList<Task<QueryAnswer>> answers, IEnumerable<int> numbers)
    {
        foreach (var number in numbers) answers[number].GetAwaiter().GetResult().ShouldBeOfType<QueryAnswer.Value>().Number.ShouldBe(number);
    }

    [GeneratedRegex(@"healthy\((\d+)\)")]
    private static partial Regex Asked();
}
