using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Fuzzing.Engine;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>The address of a probe with placeholders, and the names that are put there: the application, its host, the address, a line each.</summary>
internal sealed class ProbeTarget : TextTarget
{
    public override string Name => "probe";

    public override int BytesPerByte => 200;

    public override IReadOnlyList<string> Words => ["{{app}}", "{{host}}", "{{colour}}", "https://{{host}}/ready", "http://10.0.0.1:80/{{app}}/{{colour}}?x={{host}}", "{{", "}}", "@", "//", "shop.example.com", "a_b.c"];

    protected override object? Read(string input)
    {
        if (input.Split('\n', 3) is not [var app, var host, var url]) return new Refusal("too few lines");
        if (!AppName.TryParse(app, null, out var name) || !HostName.TryParse(host, null, out var known)) return new Refusal("no names");
        if (ProbeRules.FindUrlProblem(url, withHost: true) is { } problem) return new Refusal(problem);
        return (Resolve(url, name, known), Resolve(url, AppName.Parse("a"), HostName.Parse("b.c")));
    }

    protected override void Check(string input, object? read)
    {
        if (read is not (string real, string harmless) || !Uri.TryCreate(harmless, UriKind.Absolute, out var plain)) return;
        if (!Uri.TryCreate(real, UriKind.Absolute, out var resolved)) return;
        Require((resolved.Scheme, resolved.Port, resolved.UserInfo.Count(c => c == ':'), resolved.Segments.Length) == (plain.Scheme, plain.Port, plain.UserInfo.Count(c => c == ':'), plain.Segments.Length), "a name changes more of an address than its place");
        Require((resolved.Query.Length > 0, resolved.Fragment.Length > 0) == (plain.Query.Length > 0, plain.Fragment.Length > 0), "a name changes more of an address than its place");
        Require(input.Split('\n', 3)[2].Split('/') is { Length: < 3 } || plain.Host.Contains('a', StringComparison.Ordinal) || plain.Host.Contains("b.c", StringComparison.Ordinal) || plain.Host == resolved.Host, "a name in the path changes the host");
    }

    private static string? Resolve(string url, AppName app, HostName host) =>
        ProbeTemplate.Resolve(url, new AppDefinition { Name = app, Hosts = [host], Routing = new Routing { Backend = ProxyName.Parse("b") } }, Colour.Green);
}
