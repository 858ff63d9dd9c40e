using System.Globalization;
using System.Text;

namespace TrafficShifter.Demo.Peers;

/// <summary>Writes what <c>haproxy/haproxy.cfg</c> leaves to other files: the backends, and the map of hosts.</summary>
public static class HAProxyBackends
{
    public static string Render(IEnumerable<HAProxyBackend> backends)
    {
        var text = new StringBuilder();
        foreach (var backend in backends)
        {
            text.Append(CultureInfo.InvariantCulture, $"backend {backend.Name}\n");
            if (backend.HealthPath is { } path)
                text.Append(CultureInfo.InvariantCulture, $"    option httpchk GET {path}\n    http-check expect status 200\n");
            else
                text.Append("    option tcp-check\n");
            foreach (var server in backend.Servers)
                text.Append(CultureInfo.InvariantCulture, $"    server {server.Name} {server.Address}:{server.Port} weight {server.Weight}{(server.Checked ? " check" : "")} {server.Options}\n");
            text.Append('\n');
        }
        return text.ToString();
    }

    /// <summary>One row per host: <c>shop.example.com shop</c>.</summary>
    public static string RenderHosts(IEnumerable<HAProxyBackend> backends) =>
        string.Concat(backends.SelectMany(b => b.Hosts.Select(host => $"{host} {b.Name}\n")));

    /// <summary>Empty maps of `map` routing where there are none: HAProxy does not start without the files that its configuration names.</summary>
    public static async Task CreateMapsAsync(string folder, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in (string[])["hosts.map", "apps.map", "users.map", "groups.map", "networks.map"])
            await File.AppendAllTextAsync(Path.Combine(folder, name), "", cancellationToken);
    }
}
