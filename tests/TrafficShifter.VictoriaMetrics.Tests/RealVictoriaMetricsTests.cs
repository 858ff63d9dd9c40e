using System.Globalization;
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

    // Flushed before anybody asks: a series asked for while it is absent may stay invisible for 10 s.
    private async Task GivenAsync(string lines)
    {
        await _process!.ImportAsync(lines);
        await _process.FlushAsync();
    }
}
