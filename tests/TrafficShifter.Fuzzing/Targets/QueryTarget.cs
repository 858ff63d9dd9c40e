using TrafficShifter.Core.Analysis;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Fuzzing.Engine;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>A query with placeholders and what is put there: three lines with the application, the backend and the servers (<c>a,b</c> or <c>prefix*</c>), then the query.</summary>
/// <remarks>Resolved with these names and with harmless ones, it has the same tokens; and its strings the same regular expressions.</remarks>
internal sealed class QueryTarget : TextTarget
{
    public override string Name => "query";

    public override int BytesPerByte => 200;

    public override IReadOnlyList<string> Words =>
        ["{{app}}", "{{colour}}", "{{stable}}", "{{window}}", "{{backend}}", "{{server}}", "=~\"{{server}}\"", "=\"{{app}}\"", "=~'x{{backend}}.*'", "!~`{{app}}`", "[{{window}}]", "sum(rate(", "))", "#", "\\\"", "{", "}", "a.b", "a:b-c", "9.", "\n"];

    protected override object? Read(string input)
    {
        if (input.Split('\n', 4) is not [var app, var backend, var servers, var query]) return new Refusal("too few lines");
        if (!AppName.TryParse(app, null, out var name) || !ProxyName.TryParse(backend, null, out var proxy) || FindSelector(servers) is not { } selector) return new Refusal("no names");
        if (!QueryTemplate.TryParse(query, out var template, out var problem)) return new Refusal(problem);
        var values = new TemplateValues(name, Colour.Green, Colour.Blue, TimeSpan.FromSeconds(7), proxy, TemplateValues.PatternOf(selector));
        return new Resolved(template, template.Resolve(values), selector);
    }

    protected override void Check(string input, object? read)
    {
        if (read is not Resolved resolved) return;
        var harmless = resolved.Selector.Servers is { } servers ? new ServerSelector { Servers = [.. servers.Select(_ => ProxyName.Parse("a"))] } : new ServerSelector { Prefix = "a" };
        var likewise = resolved.Template.Resolve(new TemplateValues(AppName.Parse("a"), Colour.Green, Colour.Blue, TimeSpan.FromSeconds(7), ProxyName.Parse("a"), TemplateValues.PatternOf(harmless)));
        Require(QueryShape.Of(resolved.Query) == QueryShape.Of(likewise), "a name changes what the query is");
    }

    private static ServerSelector? FindSelector(string text)
    {
        if (text.EndsWith('*')) return new ServerSelector { Prefix = text[..^1] } is var prefixed && prefixed.FindProblem("blue") is null ? prefixed : null;
        var names = text.Split(',');
        return names.All(n => ProxyName.FindProblem(n) is null) ? new ServerSelector { Servers = [.. names.Select(n => ProxyName.Parse(n))] } : null;
    }

    private sealed record Resolved(QueryTemplate Template, string Query, ServerSelector Selector);
}
