using System.ComponentModel.DataAnnotations;

namespace TrafficShifter.Server.Telemetry;

/// <summary>Who may scrape. Section <c>Metrics</c>.</summary>
public sealed record MetricsOptions
{
    /// <summary>Secret that scrapers send as a bearer token, at least 32 of its characters; a viewer's rights. Agents and controllers know no API tokens, and so take this one alone. Default none.</summary>
    [RegularExpression("[A-Za-z0-9._~+/=-]{32,}", ErrorMessage = "at least 32 letters, digits and . _ ~ + / = -, for example the output of `openssl rand -hex 32`")]
    public string? Key { get; init; }
}
