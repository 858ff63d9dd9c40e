using Microsoft.Extensions.Primitives;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;

namespace TrafficShifter.Server.Hosting;

/// <summary>Names by which this server may be called, against rebound names: <c>AllowedHosts</c>, the addresses of Urls and Agent:Advertise, and loopback.</summary>
internal sealed class HostNames
{
    private readonly IList<StringSegment> _names;

    private HostNames(IEnumerable<string> names) => _names = [.. names.Distinct().Select(n => new StringSegment(n))];

    public static HostNames Of(IConfiguration configuration)
    {
        var set = configuration["AllowedHosts"]?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];
        var own = (configuration["Urls"] ?? "").Split(';').Append(configuration["Agent:Advertise"] ?? "")
            .Select(url => Uri.TryCreate(url, UriKind.Absolute, out var uri) ? uri.Host : null).OfType<string>().Where(host => host.Length > 0 && host is not ("*" or "+"));
        return new HostNames([.. set, .. own, "localhost", "127.0.0.1", "[::1]"]);
    }

    public Task CheckAsync(HttpContext http, RequestDelegate next)
    {
        var host = http.Request.Host.Host;
        if (_names.Any(n => n == "*") || HostString.MatchesAny(host, _names)) return next(http);
        http.RequestServices.GetRequiredService<Refusals>().Note(http, "unknown-host");
        return ApiProblem.Of(400, "unknown-host", "Not a name of this server", $"The request calls the server \"{host}\", which is none of its names; add the name to AllowedHosts if it is.").ExecuteAsync(http);
    }
}
