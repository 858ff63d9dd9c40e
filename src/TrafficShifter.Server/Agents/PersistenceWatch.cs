using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>What is known of the persistence of HAProxy's own in the backends of one node's applications.</summary>
/// <remarks>
/// It follows from haproxy.cfg, so it is looked for with every full reconciliation (another process, or <c>Agent:ReconcileInterval</c>) and for an
/// application whose backend is new; not for a shift, and not on `map` routing, where the colour is chosen before a backend is. Nothing depends on it but what people are told.
/// </remarks>
internal sealed partial class PersistenceWatch(string node, ILoadBalancer haproxy, ILogger logger)
{
    private string? _problem;
    private volatile Dictionary<AppName, (ProxyName Backend, Persistence? Found)> _known = [];

    /// <summary>Null when nothing keeps the application's users, and when it was not looked for yet.</summary>
    public Persistence? Find(AppName app) => _known.GetValueOrDefault(app).Found;

    /// <param name="anew">These are all the applications, and what was known is looked for again.</param>
    /// <remarks>When HAProxy cannot be asked, what was known stays until the next time: the weights that were just set are right all the same.</remarks>
    public async Task LookAsync(IReadOnlyCollection<AppTraffic> apps, bool anew, CancellationToken cancellationToken)
    {
        var wanted = apps.Where(a => a is { Exists: true, Definition.Value.Routing.Kind: RoutingKind.Weights }).Select(a => (a.Name, Backend: a.Definition.Value!.Routing.BackendOf(Colour.Blue)))
            .Where(a => anew || !_known.TryGetValue(a.Name, out var known) || known.Backend != a.Backend).ToList();
        if (wanted.Count == 0 && !anew) return;
        IReadOnlyDictionary<ProxyName, Persistence> found;
        try
        {
            found = await haproxy.FindPersistenceAsync([.. wanted.Select(a => a.Backend).Distinct()], cancellationToken);
            _problem = null;
        }
        catch (LoadBalancerException broken)
        {
            if (_problem != broken.Message) LogUnknown(node, broken.Message);
            _problem = broken.Message;
            return;
        }
        var next = anew ? [] : new Dictionary<AppName, (ProxyName Backend, Persistence? Found)>(_known);
        foreach (var (name, backend) in wanted) next[name] = (backend, found.GetValueOrDefault(backend));
        _known = next;
    }

    [LoggerMessage(EventId = 206, Level = LogLevel.Warning, Message = "{Node}: whether HAProxy's own persistence keeps users on a colour is not known: {Problem}")]
    private partial void LogUnknown(string node, string problem);
}
