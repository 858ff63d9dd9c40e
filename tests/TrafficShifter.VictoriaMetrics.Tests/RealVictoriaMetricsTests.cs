using System.Globalization;
using System.Text.RegularExpressions;
using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Testing.Contracts;

namespace TrafficShifter.VictoriaMetrics.Tests;

#pragma warning disable CA1001 // xunit calls the contract's own DisposeAsync, which disposes the client.
/// <summary>The contract on a real VictoriaMetrics, and what only a real one can show.</summary>
public sealed class RealVictoriaMetricsTests : MetricSourceContract
{
    private VictoriaMetricsProcess? _process;
    private VictoriaMetricsClient? _client;
    private VictoriaMetricsSource? _source;

    protected override IMetricSource Source => _source!;

    public override async Task InitializeAsync()
    {
        _process = await VictoriaMetricsProcess.StartAsync();
        _client = new VictoriaMetricsClient(new VictoriaMetricsOptions { Address = _process.Address, Timeout = TimeSpan.FromSeconds(30) }, TimeProvider.System);
        _source = new VictoriaMetricsSource(_client, TimeProvider.System);
        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var past = Enumerable.Range(0, 24).Select(i => string.Create(CultureInfo.InvariantCulture, $"contract_steady 7 {now - i * 5_000}\n"));
        await GivenAsync(string.Concat(Series.Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key} {s.Value}\n")).Concat(past)));
    }

    public override async Task DisposeAsync()
    {
        _client?.Dispose();
        if (_process is not null) await _process.DisposeAsync();
    }

    protected override Task GoAwayAsync() => _process!.KillAsync();

    [Fact]
    public async Task It_answers_again_once_it_is_back()
    {
        await _process!.KillAsync();
        await Should.ThrowAsync<MetricSourceUnavailableException>(() => Source.QueryAsync("1", default));
        await _process.RestartAsync();
        (await Source.QueryAsync("1 + 1", default)).ShouldBeOfType<QueryAnswer.Value>().Number.ShouldBe(2);
    }

    [Fact]
    public async Task A_range_is_refused_with_what_to_do() =>
        (await Source.QueryAsync("contract_errors[1m]", default)).ShouldBe(new QueryAnswer.Refused("the query returns a matrix, not one value: a range belongs into a function, as in rate(x[1m])"));

    [Fact]
    public async Task A_refusal_carries_VictoriaMetrics_own_words() =>
        (await Source.QueryAsync("nofunction(up)", default)).ShouldBeOfType<QueryAnswer.Refused>().Reason.ShouldContain("nofunction");

    /// <summary>A hundred servers whose names hold what a regular expression reads otherwise: the placeholders must find just theirs.</summary>
    [Fact]
    public async Task Resolved_templates_find_just_their_servers()
    {
        await GivenAsync("""
            contract_up{proxy="be.shop",server="blue.1"} 1
            contract_up{proxy="be.shop",server="blue.2"} 2
            contract_up{proxy="be.shop",server="blueX1"} 4
            contract_up{proxy="be.shop",server="green1"} 8
            contract_up{proxy="be_shop",server="blue.1"} 16

            """);
        var routing = new Routing { Backend = ProxyName.Parse("be.shop"), Blue = new() { Prefix = "blue." }, Green = new() { Servers = [ProxyName.Parse("green1"), ProxyName.Parse("blueX1")] } };
        (await SumAsync(Colour.Blue, """sum(contract_up{proxy=~"{{backend}}",server=~"{{server}}"})""")).ShouldBe(3);
        (await SumAsync(Colour.Green, """sum(contract_up{proxy="{{backend}}",server=~'{{server}}'})""")).ShouldBe(12);
        (await SumAsync(Colour.Blue, """sum(contract_up{proxy="{{backend}}",server!~`{{server}}`})""")).ShouldBe(12);
        (await SumAsync(Colour.Green, """sum(last_over_time(contract_up{proxy="{{backend}}",server=~"none|{{server}}"}[{{window}}]))""")).ShouldBe(12);

        async Task<double> SumAsync(Colour to, string template)
        {
            var query = QueryTemplate.Parse(template).Resolve(TemplateValues.Of(AppName.Parse("shop"), routing, to, TimeSpan.FromMinutes(5)));
            return (await Source.QueryAsync(query, default)).ShouldBeOfType<QueryAnswer.Value>(query).Number;
        }
    }

    [Fact]
    public async Task A_reply_over_the_limit_is_refused_with_what_to_do()
    {
        await GivenAsync(string.Concat(Enumerable.Range(0, 50).Select(i => $"contract_many{{series=\"{i}\"}} 1\n")));
        using var client = new VictoriaMetricsClient(new VictoriaMetricsOptions { Address = _process!.Address, MaxReplyBytes = 1024 }, TimeProvider.System);
        (await new VictoriaMetricsSource(client, TimeProvider.System).QueryAsync("contract_many", default))
            .ShouldBe(new QueryAnswer.Refused("the reply is over 1024 bytes, where one series is wanted: aggregate it, as with sum(…)"));
    }

    [Fact]
    public async Task The_past_is_asked_at_its_moment()
    {
        var now = DateTimeOffset.UtcNow;
        await GivenAsync(string.Create(CultureInfo.InvariantCulture, $"contract_past 1 {now.AddHours(-3).ToUnixTimeMilliseconds()}\ncontract_past 2 {now.AddHours(-2).ToUnixTimeMilliseconds()}\n"));

        (await AtAsync(-3)).ShouldBeOfType<QueryAnswer.Value>().Number.ShouldBe(1);
        var second = (await AtAsync(-2)).ShouldBeOfType<QueryAnswer.Value>();
        (second.Number, (second.At - now.AddHours(-2)).Duration() <= TimeSpan.FromSeconds(1)).ShouldBe((2, true));
        (await AtAsync(-1)).ShouldBe(new QueryAnswer.NoData());

        Task<QueryAnswer> AtAsync(int hours) => Source.QueryAsync("contract_past", now.AddHours(hours), default);
    }

    /// <summary>Whatever a query returns or is refused for: asked with a hundred others it is told the same as alone.</summary>
    [Fact]
    public async Task A_query_among_many_gets_the_answer_that_it_gets_alone()
    {
        await GivenAsync("together{app=\"a\"} 3\ntogether{app=\"b\"} 5\ntogether{app=\"b\",ts=\"x\"} 7\n");
        string[] odd =
        [
            "together", "sum(together)", "together{app=\"b\"}", "sum by (app) (together)", "sum(nothing)", "sum(nothing) or vector(0)", "sum(together) / 0", "-1 / 0", "0 / 0", "1 + 1", "vector(2)",
            "together[5m]", "(together[5m])", "nofunction(together)", "sum(together", "together), label_set(together", "sum(together), 4", "\"text\"", "(\"text\")", "sum(together) # more",
            "WITH (x = 4) x + 1", "label_set(together{app=\"a\"}, \"ts_query\", \"3\")", "union(together, together)", "sort(together)", "topk(1, together)", "count_values(\"v\", together)",
            "absent(nothing)", "scalar(sum(together))", "together{app=~\"a|b\"} > 4", "time() - time()", "quantile_over_time(0.5, together{app=\"a\"}[5m])", "sum(last_over_time(together[5m] offset -1m))",
        ];
        string[] queries = [.. Enumerable.Range(0, 40).Select(i => $"sum(together) + {i}"), .. odd, .. Enumerable.Range(40, 80).Select(i => $"sum(together) + {i}")];

        var together = await Task.WhenAll(queries.Select(q => Source.QueryAsync(q, default)));

        for (var i = 0; i < queries.Length; i++)
        {
            // A source that was never asked much.
            using var alone = new VictoriaMetricsSource(_client!, TimeProvider.System);
            Plain(together[i]).ShouldBe(Plain(await alone.QueryAsync(queries[i], default)), queries[i]);
        }
        Plain(together[^1]).ShouldBe(new QueryAnswer.Value(15 + 119, default));

        // A refusal names the moment that it was asked at.
        static QueryAnswer Plain(QueryAnswer answer) => answer switch
        {
            QueryAnswer.Value value => value with { At = default },
            QueryAnswer.Refused refused => new QueryAnswer.Refused(Regex.Replace(refused.Reason, @"time=\d+", "time")),
            _ => answer,
        };
    }

    // Flushed before anybody asks: a series asked for while it is absent may stay invisible for 10 s.
    private async Task GivenAsync(string lines)
    {
        await _process!.ImportAsync(lines);
        await _process.FlushAsync();
    }
}
