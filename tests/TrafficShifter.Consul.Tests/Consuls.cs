namespace TrafficShifter.Consul.Tests;

/// <summary>How tests make a client and what stands on it.</summary>
internal static class Consuls
{
    // All tests of the process share it, as all parts of a server do.
    private static readonly HttpClient Http = ConsulClient.CreateHttp();

    public static ConsulClient ClientOn(Uri address, string prefix = "traffic-shifter/", string? token = null, TimeProvider? time = null, TimeSpan? requestTimeout = null) =>
        new(
            new ConsulOptions { Address = address, Prefix = prefix, Token = token, RequestTimeout = requestTimeout ?? TimeSpan.FromSeconds(5) },
            Http,
            time ?? TimeProvider.System);

    public static ConsulTrafficStore StoreOn(Uri address, string prefix = "traffic-shifter/", string? token = null) =>
        new(ClientOn(address, prefix, token), TimeProvider.System);
}
