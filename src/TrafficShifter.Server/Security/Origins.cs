using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Security;

/// <summary>Where a request comes from, for the history and the log.</summary>
internal static class Origins
{
    /// <remarks>Of a trusted proxy's request, its client as it says, and the proxy itself; of any other the connection's own address.</remarks>
    public static ChangeOrigin Of(HttpContext http)
    {
        var own = http.Connection.RemoteIpAddress is { } address ? (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString() : "a socket of this machine";
        var token = (http.User as Caller)?.Who.Token;
        return http.RequestServices.GetService<TrustedProxy>()?.IsFrom(http) == true && TrustedProxy.FindClient(http) is { } client
            ? new ChangeOrigin(client, own, token)
            : new ChangeOrigin(own, null, token);
    }
}
