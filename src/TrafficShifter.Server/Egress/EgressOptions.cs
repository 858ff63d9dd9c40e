using System.Net;

namespace TrafficShifter.Server.Egress;

/// <summary>Where this process may call out to, for events and hooks. Section <c>Egress</c>; empty: nowhere.</summary>
public sealed record EgressOptions
{
    /// <summary>Names that may be called: <c>hooks.slack.com,*.example.com</c>. Default: none.</summary>
    public string? Hosts { get; init; }

    /// <summary>Networks that are not of the public Internet and may be reached all the same: <c>10.1.0.0/16,fd00:1::/32</c>. Default: none.</summary>
    public string? Networks { get; init; }

    /// <summary>PEM file of authorities whose certificates are believed beside those of the system's. Default: none.</summary>
    public string? Authorities { get; init; }
}

/// <summary>Looks a name up: the system's resolver, unless another one is registered.</summary>
public delegate Task<IPAddress[]> EgressResolver(string host, CancellationToken cancellationToken);
