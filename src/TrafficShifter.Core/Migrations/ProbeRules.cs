using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Rollouts;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Core.Migrations;

/// <summary>What a probe must keep to, beyond its form. Whether its hosts may be called the egress settings say.</summary>
internal static class ProbeRules
{
    /// <summary>Headers that frame the request, or that the connection is about.</summary>
    private static readonly HashSet<string> Framing = new(StringComparer.OrdinalIgnoreCase)
    {
        "Connection", "Content-Length", "Expect", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
    };

    /// <summary>Headers that are there to hold a secret.</summary>
    private static readonly HashSet<string> Secret = new(StringComparer.OrdinalIgnoreCase) { "Authorization", "Cookie", "Proxy-Authorization" };

    private static readonly AppDefinition Sample = new()
    {
        Name = AppName.Parse("app"),
        Hosts = [HostName.Parse("app.example.com")],
        Routing = new Routing(),
    };

    public static IEnumerable<PlanProblem> Of(ReadinessProbe probe)
    {
        if (probe.Url is null && (probe.Blue is null || probe.Green is null)) yield return new("/probe/url", "is missing: one URL with {{colour}} in it, or \"blue\" and \"green\"");
        var urls = OfUrls(probe).ToList();
        foreach (var problem in urls) yield return problem;
        if (urls.Count == 0 && IsSameForBoth(probe)) yield return new("/probe/url", "asks the same of both colours: put {{colour}} into it or into a header, or give \"blue\" and \"green\"");
        if (probe.Status is { Count: 0 or > ReadinessProbe.MaxStatuses }) yield return new("/probe/status", $"1 to {ReadinessProbe.MaxStatuses} statuses or ranges");
        if (probe.Timeout < ReadinessProbe.MinTimeout || probe.Timeout > ReadinessProbe.MaxTimeout)
            yield return PlanRules.OutOfRange("/probe/timeout", probe.Timeout, ReadinessProbe.MinTimeout, ReadinessProbe.MaxTimeout);
        if (probe.Interval < ReadinessProbe.MinInterval || probe.Interval > ReadinessProbe.MaxInterval)
            yield return PlanRules.OutOfRange("/probe/interval", probe.Interval, ReadinessProbe.MinInterval, ReadinessProbe.MaxInterval);
        foreach (var problem in probe.Headers is { } headers ? Of(headers) : []) yield return problem;
        if (probe.Version is not { } version) yield break;
        if (version is { Header: null, Json: null } or { Header: not null, Json: not null }) yield return new("/probe/version", "one of header and json says where the version is");
        if (version.Header is { } header && !IsToken(header)) yield return new("/probe/version/header", "not the name of a header");
        if (version.Json is not null && probe.Method == ProbeMethod.Head) yield return new("/probe/version/json", "an answer to HEAD has no body");
    }

    private static IEnumerable<PlanProblem> OfUrls(ReadinessProbe probe)
    {
        foreach (var (name, url) in new[] { ("url", probe.Url), ("blue", probe.Blue), ("green", probe.Green) })
            if (url is not null && FindUrlProblem(url, withHost: true) is { } problem) yield return new($"/probe/{name}", problem);
    }

    /// <summary>What is wrong with a URL, whatever its places are filled with; null when nothing is.</summary>
    public static string? FindUrlProblem(string url, bool withHost)
    {
        if (url.Length > ReadinessProbe.MaxUrlLength) return $"at most {ReadinessProbe.MaxUrlLength} characters, not {url.Length}";
        if (ProbeTemplate.FindProblem(url, withHost) is { } template) return template;
        var resolved = ProbeTemplate.Resolve(url, Sample, Colour.Blue)!;
        if (resolved.Any(c => c is <= ' ' or > '~' or '\\')) return "a URL has no spaces, no backslashes and no characters beyond ASCII";
        if (!Uri.TryCreate(resolved, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)) return "not an absolute http or https URL";
        return uri.UserInfo.Length > 0 ? "a URL with a user in it is not called" : null;
    }

    private static IEnumerable<PlanProblem> Of(IReadOnlyDictionary<string, string> headers)
    {
        if (headers.Count > ReadinessProbe.MaxHeaders) yield return new("/probe/headers", $"at most {ReadinessProbe.MaxHeaders} headers, not {headers.Count}");
        foreach (var (name, value) in headers)
            if (FindHeaderProblem(name, value) is { } problem) yield return new($"/probe/headers/{Documents.DocumentPart.EscapePointer(name)}", problem);
        if (headers.Keys.GroupBy(n => n, StringComparer.OrdinalIgnoreCase).FirstOrDefault(g => g.Count() > 1) is { } twice) yield return new("/probe/headers", $"\"{twice.Key}\" is there twice");
    }

    private static string? FindHeaderProblem(string name, string? value)
    {
        if (!IsToken(name)) return "not the name of a header";
        if (value is null) return "is null";
        if (Framing.Contains(name)) return "belongs to the connection, not to a probe";
        if (Secret.Contains(name)) return "would hold a secret, and everybody who may see the application reads it";
        if (value.Length > ReadinessProbe.MaxHeaderLength) return $"at most {ReadinessProbe.MaxHeaderLength} characters, not {value.Length}";
        if (value.Any(c => c is < ' ' or > '~')) return "a header's value is printable ASCII";
        if (ProbeTemplate.FindProblem(value) is { } template) return template;
        return name.Equals("Host", StringComparison.OrdinalIgnoreCase) && !HostName.TryParse(ProbeTemplate.Resolve(value, Sample, Colour.Blue), null, out _) ? "not the name of a host" : null;
    }

    /// <summary>Nothing in the request tells the colours apart: both would be the same side, and always equal.</summary>
    private static bool IsSameForBoth(ReadinessProbe probe) =>
        probe.UrlOf(Colour.Blue) is { } blue && probe.UrlOf(Colour.Green) is { } green
        && ProbeTemplate.Resolve(blue, Sample, Colour.Blue) == ProbeTemplate.Resolve(green, Sample, Colour.Green)
        && (probe.Headers ?? new Dictionary<string, string>()).Values.All(v => ProbeTemplate.Resolve(v, Sample, Colour.Blue) == ProbeTemplate.Resolve(v, Sample, Colour.Green));

    private static bool IsToken(string name) => name.Length is > 0 and <= 100 && name.All(c => char.IsAsciiLetterOrDigit(c) || "!#$%&'*+-.^_`|~".Contains(c, StringComparison.Ordinal));
}
