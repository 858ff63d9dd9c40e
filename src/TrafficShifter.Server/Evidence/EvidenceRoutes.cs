using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Evidence;

/// <summary>Which application a record is of: by its row on `map` routing, by backend and server on `weights` routing.</summary>
internal sealed class EvidenceRoutes
{
    private readonly Dictionary<AppName, (int Slot, Routing Routing)> _apps = [];
    private readonly Dictionary<byte[], int> _slots = new(ByteKeys.Comparer);
    private readonly Dictionary<byte[], int>.AlternateLookup<ReadOnlySpan<byte>> _slotBySpan;
    private readonly Dictionary<byte[], ServerHalves> _backends = new(ByteKeys.Comparer);
    private readonly Dictionary<byte[], ServerHalves>.AlternateLookup<ReadOnlySpan<byte>> _backendBySpan;

    public EvidenceRoutes()
    {
        _slotBySpan = _slots.GetAlternateLookup<ReadOnlySpan<byte>>();
        _backendBySpan = _backends.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public IReadOnlyDictionary<AppName, (int Slot, Routing Routing)> Apps => _apps;

    /// <summary>The slot of an application; -1 when it is not known.</summary>
    public int FindSlot(ReadOnlySpan<byte> app) => _slotBySpan.TryGetValue(app, out var slot) ? slot : -1;

    /// <summary>The servers of a backend of some application; null when it is of none.</summary>
    public ServerHalves? FindBackend(ReadOnlySpan<byte> backend) => _backendBySpan.TryGetValue(backend, out var servers) ? servers : null;

    /// <summary>Takes in the applications as they are defined now. Returns those that are there no more.</summary>
    /// <param name="take">Gives an application a slot; -1 when there is none left.</param>
    public IReadOnlyList<(AppName App, int Slot)> Follow(TrafficSnapshot snapshot, IEnumerable<AppName> changed, Func<AppName, int> take)
    {
        var gone = new List<(AppName, int)>();
        var anew = false;
        foreach (var name in changed)
        {
            var routing = snapshot.Find(name) is { Exists: true, Definition.Value: { } definition } ? definition.Routing : null;
            if (_apps.TryGetValue(name, out var known))
            {
                if (routing is not null && (ReferenceEquals(known.Routing, routing) || known.Routing == routing)) continue;
                if (routing is null) gone.Add((name, known.Slot));
                _apps.Remove(name);
                anew = true;
            }
            if (routing is null) continue;
            var slot = known.Routing is null ? take(name) : known.Slot;
            if (slot >= 0) _apps[name] = (slot, routing);
            anew = true;
        }
        if (anew) Rebuild();
        return gone;
    }

    private void Rebuild()
    {
        var records = _backends.Values.ToDictionary(b => b.Backend, b => b.Records);
        _slots.Clear();
        _backends.Clear();
        foreach (var (name, (slot, routing)) in _apps)
        {
            _slots[Encoding.ASCII.GetBytes(name.Value)] = slot;
            foreach (var backend in routing.Backends)
            {
                var key = Encoding.ASCII.GetBytes(backend.Value);
                if (!_backends.TryGetValue(key, out var servers)) _backends[key] = servers = new ServerHalves(backend) { Records = records.GetValueOrDefault(backend) };
                if (routing.Kind == RoutingKind.Weights) servers.Apps.Add((slot, routing));
            }
        }
    }
}
