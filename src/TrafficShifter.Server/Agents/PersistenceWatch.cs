using System.Collections.Concurrent;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Agents;

/// <summary>What is known of the persistence of HAProxy's own in the backends of one node's applications.</summary>
/// <remarks>
/// It follows from haproxy.cfg, so it is looked for once in each HAProxy process, and for an application whose backend is new; not for a shift, and not on `map` routing,
/// where the colour is chosen before a backend is. Nothing depends on it but what people are told, and HAProxy takes some 0.1 ms for each backend: of thousands of
/// backends <see cref="MostAtOnce"/> are looked at in one turn and the next ones in the next, so that what is wanted never waits for it.
/// </remarks>
internal sealed partial class PersistenceWatch(string node, ILoadBalancer haproxy, ILogger logger)
{
    private const int MostAtOnce = 100;

    private readonly ConcurrentDictionary<AppName, (ProxyName Backend, Persistence? Found)> _known = new();
    private readonly Dictionary<AppName, ProxyName> _pending = [];
    private ProcessIdentity? _process;
    private string? _problem;

    /// <summary>Null when nothing keeps the application's users, and when it was not looked for yet.</summary>
    public Persistence? Find(AppName app) => _known.GetValueOrDefault(app).Found;

    /// <summary>Takes in which backends there are, and looks at the next ones of those that are not known.</summary>
    /// <param name="process">Which HAProxy answers: in another one than before everything is looked for again.</param>
    public Task FollowAsync(IReadOnlyCollection<AppTraffic> apps, ProcessIdentity process, CancellationToken cancellationToken)
    {
        var isAnother = _process != process;
        _process = process;
        foreach (var app in apps)
        {
            var backend = app is { Exists: true, Definition.Value.Routing: { Kind: RoutingKind.Weights } routing } ? routing.BackendOf(Colour.Blue) : null;
            if (backend is null)
            {
                _known.TryRemove(app.Name, out _);
                _pending.Remove(app.Name);
            }
            else if (isAnother || !_known.TryGetValue(app.Name, out var known) || known.Backend != backend) _pending[app.Name] = backend;
        }
        return LookAsync(cancellationToken);
    }

    /// <summary>Looks at the next backends that are not known; asks nothing when all are.</summary>
    /// <remarks>When HAProxy cannot be asked, what was known stays until the next time: the weights that were just set are right all the same.</remarks>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        if (_pending.Count == 0) return;
        var wanted = _pending.Take(MostAtOnce).ToList();
        try
        {
            var found = await haproxy.FindPersistenceAsync([.. wanted.Select(a => a.Value).Distinct()], cancellationToken);
            foreach (var (name, backend) in wanted)
            {
                _known[name] = (backend, found.GetValueOrDefault(backend));
                _pending.Remove(name);
            }
            _problem = null;
        }
        catch (LoadBalancerException broken)
        {
            if (_problem != broken.Message) LogUnknown(node, broken.Message);
            _problem = broken.Message;
        }
    }

    [LoggerMessage(EventId = 206, Level = LogLevel.Warning, Message = "{Node}: whether HAProxy's own persistence keeps users on a colour is not known: {Problem}")]
    private partial void LogUnknown(string node, string problem);
}
