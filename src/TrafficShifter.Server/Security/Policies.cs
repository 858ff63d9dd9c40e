namespace TrafficShifter.Server.Security;

/// <summary>Who may call what. Every endpoint but health has one of these.</summary>
public static class Policies
{
    /// <summary>A person or program with an API token.</summary>
    public const string Api = "api";

    /// <summary>An api replica that asks an agent: the shared key.</summary>
    public const string Agent = "agent";

    /// <summary>A scraper: the token of the metrics. What it may read, an API token may read too.</summary>
    public const string Metrics = "metrics";
}
