using System.Globalization;
using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.Server.Traffic;

/// <summary>The lines of haproxy.cfg that one application needs: first what goes into a frontend, then its backends.</summary>
internal static class Snippet
{
    /// <summary>Addresses for documents (RFC 5737): nobody is there.</summary>
    private const string NoAddress = "192.0.2.1:80";

    private static readonly Lazy<string> MapRules = new(() => Read("map-routing.cfg"));

    /// <summary>As remarks: a configuration has it once, for all applications.</summary>
    private static readonly Lazy<string> AccessLog = new(() => string.Concat(Read("access-log.cfg").TrimEnd().Split('\n').Select(line => line.StartsWith('#') ? $"{line}\n" : $"# {line}".TrimEnd() + "\n")));

    /// <param name="node">The node that the backends are shown of; null: none has them, and they are a skeleton.</param>
    /// <param name="backends">The servers of each of the routing's backends on that node.</param>
    public static string Write(AppDefinition app, Colour stable, string? node, IReadOnlyDictionary<ProxyName, IReadOnlyList<ServerReading>> backends)
    {
        var text = new StringBuilder(AccessLog.Value).Append('\n');
        if (app.Routing.Kind == RoutingKind.Map) WriteMapFrontend(text, app);
        else WriteWeightsFrontend(text, app);
        text.Append('\n');
        text.Append(node is null
            ? $"# No node that answers has the {(app.Routing.Backends.Count > 1 ? "backends" : "backend")} yet: put your servers in place of {NoAddress}.\n"
            : $"# The servers as node {node} has them; checks and further settings are yours to add. A server's weight here is its capacity, and holds until the agent has set another.\n");
        foreach (var backend in app.Routing.Backends)
        {
            text.Append(CultureInfo.InvariantCulture, $"backend {backend}\n    balance roundrobin\n");
            foreach (var server in backends.GetValueOrDefault(backend) ?? Skeleton(app.Routing, backend, stable))
                text.Append(CultureInfo.InvariantCulture, $"    server {server.Name} {server.Address ?? NoAddress} weight {server.InitialWeight}{Remark(app.Routing, server)}\n");
            text.Append('\n');
        }
        return text.ToString();
    }

    private static string Read(string name)
    {
        using var resource = new StreamReader(typeof(Snippet).Assembly.GetManifestResourceStream(name)!);
        return resource.ReadToEnd();
    }

    private static void WriteWeightsFrontend(StringBuilder text, AppDefinition app)
    {
        text.Append(CultureInfo.InvariantCulture, $"# {app.Name}: `weights` routing. Both colours are servers of one backend, and the agent sets their weights.\n");
        text.Append("# Into your frontend (`mode http`); an application that is chosen by path has its condition before it, like { path_beg /api/ }:\n");
        text.Append(app.Hosts.Count == 0
            ? $"#   use_backend {app.Routing.Backend} if {{ req.fhdr(host),host_only,lower -m str your.host.example.com }}\n"
            : $"    use_backend {app.Routing.Backend} if {Condition(app)}\n");
    }

    private static void WriteMapFrontend(StringBuilder text, AppDefinition app)
    {
        text.Append(CultureInfo.InvariantCulture, $"# {app.Name}: `map` routing over pool \"{app.Routing.Pool}\". The rules are the same for every application: a frontend has them once.\n");
        text.Append(app.Hosts.Count == 0
            ? "# The application has no hosts, so a rule of yours chooses it, before the rules below:\n"
            : $"# It is chosen by its hosts ({string.Join(", ", app.Hosts)}), which the agent keeps in hosts.map. To choose it by path, before the rules below:\n");
        text.Append(CultureInfo.InvariantCulture, $"#   tcp-request content set-var(txn.ts_app) str({app.Name}) if {(app.Hosts.Count == 0 ? "{ req.fhdr(host),host_only,lower -m str your.host.example.com }" : Condition(app))} {{ path_beg /your/path/ }}\n#\n");
        text.Append(MapRules.Value.TrimEnd()).Append('\n');
    }

    private static string Condition(AppDefinition app) => $"{{ req.fhdr(host),host_only,lower -m str {string.Join(' ', app.Hosts)} }}";

    /// <summary>Servers as the definition has them: those that it lists, or one by the prefix. All traffic begins on the stable colour.</summary>
    private static IReadOnlyList<ServerReading> Skeleton(Routing routing, ProxyName backend, Colour stable)
    {
        if (routing.Kind == RoutingKind.Map) return [Server(ProxyName.Parse(backend == routing.BackendOf(Colour.Blue) ? "blue1" : "green1"), 100)];
        return [.. new[] { Colour.Blue, Colour.Green }.SelectMany(colour => (routing.Of(colour).Servers ?? [ProxyName.Parse(routing.Of(colour).Prefix + "1")]).Select(name => Server(name, colour == stable ? 100 : 0)))];

        static ServerReading Server(ProxyName name, int weight) => new(name, weight, weight, ServerHealth.Up);
    }

    private static string Remark(Routing routing, ServerReading server) => routing.Kind == RoutingKind.Map ? ""
        : routing.FindColour(server.Name) is { } colour ? $" # {colour.Word()}" : " # of neither colour, left alone";
}
