using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Evidence;

/// <summary>The servers of one backend as records name them: whose each is, and in which half of its colour.</summary>
/// <remarks>
/// A half is a bit of the name's hash, the same on every node. Where all servers of a colour would be in one half, the one with the highest hash is moved, so that
/// neither is empty from two servers on. Servers are learned from the records, up to <see cref="MaxServers"/> of a backend.
/// </remarks>
/// <param name="backend">The backend's name.</param>
internal sealed class ServerHalves(ProxyName backend)
{
    public const int MaxServers = 1_024;

    private readonly Dictionary<byte[], ServerSide> _sides = new(ByteKeys.Comparer);

    public ProxyName Backend => backend;

    /// <summary>`weights` routing: the applications whose servers are in this backend, and their slots. Empty for a colour's backend of `map` routing.</summary>
    public List<(int Slot, Routing Routing)> Apps { get; } = [];

    /// <summary>Records that named this backend, whatever they counted for.</summary>
    public long Records { get; set; }

    /// <summary>A server's application, colour and half; its application is -1 when it belongs to none.</summary>
    public ServerSide Find(ReadOnlySpan<byte> server) => _sides.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(server, out var side) ? side : Learn(server);

    private ServerSide Learn(ReadOnlySpan<byte> server)
    {
        var hash = ByteKeys.Hash(server);
        var side = new ServerSide(-1, Colour.Blue, (int)(hash & 1), hash);
        if (Apps.Count > 0 && ProxyName.TryParse(Encoding.ASCII.GetString(server), null, out var name))
            foreach (var (slot, routing) in Apps)
                if (routing.FindColour(name) is { } colour) side = side with { Slot = slot, Colour = colour };
        if (_sides.Count >= MaxServers) return side;
        var key = server.ToArray();
        _sides[key] = side;
        Balance(side.Slot, side.Colour);
        return _sides[key];
    }

    /// <summary>Moves the server with the highest hash where one half of a colour would be empty.</summary>
    private void Balance(int slot, Colour colour)
    {
        var servers = _sides.Where(s => s.Value.Slot == slot && s.Value.Colour == colour).OrderBy(s => s.Value.Hash).ToList();
        foreach (var (name, side) in servers) _sides[name] = side with { Half = (int)(side.Hash & 1) };
        if (servers.Count < 2 || servers.DistinctBy(s => s.Value.Hash & 1).Count() > 1) return;
        var (last, moved) = servers[^1];
        _sides[last] = moved with { Half = (int)(~moved.Hash & 1) };
    }
}

/// <param name="Slot">Of the application, on `weights` routing; -1 when it is of none.</param>
/// <param name="Half">0 or 1.</param>
internal readonly record struct ServerSide(int Slot, Colour Colour, int Half, ulong Hash);
