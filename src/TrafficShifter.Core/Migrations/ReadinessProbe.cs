using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Core.Migrations;

/// <summary>An HTTP request to each colour of an application, on a way that does not depend on where the traffic goes.</summary>
/// <remarks>
/// <c>{{app}}</c>, <c>{{host}}</c> (the application's first host) and <c>{{colour}}</c> stand for themselves in the URL and in header values. It goes
/// through the egress settings like a hook: no redirects, replies up to 64 KiB.
/// </remarks>
public sealed record ReadinessProbe : DocumentPart
{
    public const int MaxUrlLength = 2_000;
    public const int MaxHeaders = 16;
    public const int MaxHeaderLength = 500;
    public const int MaxStatuses = 16;
    public static readonly TimeSpan MinTimeout = TimeSpan.FromMilliseconds(100);
    public static readonly TimeSpan MaxTimeout = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan MinInterval = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan MaxInterval = TimeSpan.FromMinutes(10);
    public static readonly StatusRange Success = StatusRange.Parse("200-299");

    /// <summary>Of both colours: <c>http://{{colour}}.ingress.example.com/healthz</c>. Absolute, http or https, up to 2,000 characters. No secret: everybody who may see the application reads it.</summary>
    public string? Url { get; init; }

    /// <summary>Of blue, where the colour's name is not a part of it.</summary>
    public string? Blue { get; init; }

    /// <summary>Of green, where the colour's name is not a part of it.</summary>
    public string? Green { get; init; }

    public ProbeMethod Method { get; init; }

    /// <summary>Answers that are expected: <c>["200-299","404"]</c>. Default 200-299.</summary>
    public IReadOnlyList<StatusRange>? Status { get; init; }

    /// <summary>Sent with each request, up to 16: <c>{"Host":"{{host}}"}</c>.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>For look-up, connection, request and answer together. 100 ms to 5 s; default 5 s.</summary>
    public TimeSpan Timeout { get; init; } = MaxTimeout;

    /// <summary>Time between two probes of a colour while a campaign holds the application, whatever else asks. 1 s to 10 min; default 15 s.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Where an answer says which version it is of, which must be the same on both colours; null: versions are not compared.</summary>
    public VersionSource? Version { get; init; }

    /// <summary>The URL of a colour, as it was written.</summary>
    public string? UrlOf(Colour colour) => (colour == Colour.Blue ? Blue : Green) ?? Url;

    public bool Expects(int status) => (Status ?? [Success]).Any(range => range.Contains(status));

    /// <summary>The expected answers in words: <c>200-299, 404</c>.</summary>
    public string DescribeStatus() => string.Join(", ", Status ?? [Success]);

    protected override IEnumerable<(string Name, DocumentPart? Part)> Parts() => [("version", Version)];
}

public enum ProbeMethod
{
    Get,
    Head,
}

/// <summary>Where an answer says its version or digest: one of the two.</summary>
public sealed record VersionSource : DocumentPart
{
    public const int MaxLength = 200;

    /// <summary>A header: <c>X-Version</c>.</summary>
    public string? Header { get; init; }

    /// <summary>A member of a JSON body: <c>$.build.image</c>, <c>$['build']['image']</c>, <c>$.images[0]</c>.</summary>
    public JsonPath? Json { get; init; }
}
