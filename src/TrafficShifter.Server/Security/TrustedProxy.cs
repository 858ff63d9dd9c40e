using System.Net;
using TrafficShifter.Core.Access;
using TrafficShifter.Core.Traffic.Maps;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Security;

/// <summary>Reads who calls from the headers of a trusted reverse proxy. Trusted is a connection that comes from a listed address, and nothing else.</summary>
public sealed class TrustedProxy
{
    private const int MaxGroups = 200;
    private const int MaxLength = 100;
    private static readonly (string? User, string? Email, string? Groups) DefaultHeaders = ("X-Forwarded-User", "X-Forwarded-Email", "X-Forwarded-Groups");
    private readonly (string? User, string? Email, string? Groups) _headers;
    private readonly IReadOnlyList<IPNetwork> _networks;
    private readonly IReadOnlyList<(string Group, Grant Grant)> _grants;

    /// <exception cref="ConfigurationException">A network, pattern or verb is none; the message names the setting.</exception>
    public TrustedProxy(ProxyOptions options)
    {
        // A proxy with names of its own takes away no others from what clients send: those would be anybody's to write.
        _headers = (Name(options.UserHeader), Name(options.EmailHeader), Name(options.GroupsHeader)) is var named && named == (null, null, null) ? DefaultHeaders : named;
        _networks = [.. Split(options.Networks).Select(text => Network.FindProblem(text) is { } bad ? throw new ConfigurationException($"Proxy:Networks: {bad}") : IPNetwork.Parse(text))];
        _grants = [.. options.Grants.Select((g, i) => (g.Group, ToGrant(g, $"Proxy:Grants:{i}")))];
        if (_networks.Count > 0 && _headers is { User: null, Email: null }) throw new ConfigurationException("Proxy:UserHeader: with names of headers of one's own, this one or Proxy:EmailHeader says who it is");
        if (_networks.Count > 0 && _grants.Count == 0 && _headers != DefaultHeaders) throw new ConfigurationException("Proxy:Grants: nobody may anything; say which group has which role, for example Proxy:Grants:0:Group=ops and Proxy:Grants:0:Role=admin");
    }

    /// <summary>Whether the connection itself comes from the proxy. X-Forwarded-For is anybody's to write and is not asked.</summary>
    public bool IsFrom(HttpContext http) => http.Connection.RemoteIpAddress is { } address && IsListed(address);

    /// <summary>Whether a request names somebody in a header that only the proxy may send. A proxy without grants signs nobody in, and takes no such headers away: they are nobody's.</summary>
    public bool NamesSomebody(HttpContext http) =>
        _networks.Count > 0 && _grants.Count > 0 && new[] { _headers.User, _headers.Email, _headers.Groups }.Any(header => header is not null && http.Request.Headers.ContainsKey(header));

    /// <summary>Who the proxy says it is; a problem when its headers cannot be believed; both null when it names nobody.</summary>
    public (Identity? Identity, string? Problem) Read(HttpContext http)
    {
        var values = new[] { _headers.User, _headers.Email, _headers.Groups }.Select(header => header is null ? default : http.Request.Headers[header]).ToList();
        if (values.Any(v => v.Count > 1)) return (null, "a header that names the user or their groups is there twice");
        var name = string.IsNullOrWhiteSpace(values[1]) ? values[0].ToString().Trim() : values[1].ToString().Trim();
        if (string.IsNullOrEmpty(name)) return (null, null);
        if (name.Length > MaxLength || name.Any(c => char.IsControl(c) || c is '"' or '<' or '>')) return (null, "the name of the user cannot be one");
        if (name.StartsWith("group:", StringComparison.OrdinalIgnoreCase)) return (null, $"\"{name}\" is how gates name a group");
        if (Identity.ReservedNames.Contains(name)) return (null, $"\"{name}\" is how the service itself signs");
        var groups = Split(values[2]).Take(MaxGroups).ToList();
        return (new Identity(name, null, [.. _grants.Where(g => g.Group == "*" || groups.Contains(g.Group, StringComparer.Ordinal)).Select(g => g.Grant)], groups), null);
    }

    /// <summary>The address that the proxy names as its client: the last of X-Forwarded-For, which it wrote itself.</summary>
    public static string? FindClient(HttpContext http) =>
        http.Request.Headers["X-Forwarded-For"].ToString().Split(',')[^1].Trim() is { Length: > 0 } last && IPAddress.TryParse(last, out var address) ? address.ToString() : null;

    private bool IsListed(IPAddress address)
    {
        var own = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return _networks.Any(n => n.Contains(own));
    }

    private static Grant ToGrant(ProxyGrantOptions options, string setting)
    {
        if (options.Group.Length == 0) throw new ConfigurationException($"{setting}:Group: a group, or * for everybody whom the proxy signs in");
        var apps = Split(options.Apps).Select(text => AppPattern.FindProblem(text) is { } bad ? throw new ConfigurationException($"{setting}:Apps: {bad}") : AppPattern.Parse(text)).ToList();
        var verbs = Split(options.Verbs).Select(text => Verbs.Find(text) is null ? throw new ConfigurationException($"{setting}:Verbs: \"{text}\" is none of {string.Join(", ", Verbs.All.Select(v => v.Name))}") : text).ToList();
        var owners = Split(options.Owners).ToList();
        return new Grant(options.Role, apps.Count > 0 ? apps : null, owners.Count > 0 ? owners : null, verbs.Count > 0 ? verbs : null);
    }

    private static string? Name(string? configured) => string.IsNullOrWhiteSpace(configured) ? null : configured.Trim();

    private static string[] Split(string? text) => (text ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
