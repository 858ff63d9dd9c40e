using System.Text;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Evidence;

/// <summary>Requests of `weights` routing that HAProxy took to another server because the first one could not be connected to.</summary>
/// <remarks>
/// Their record names the last server only. Which colour they were meant for follows from the servers' own counters (<c>wredis</c>): they belong to the colour
/// that was left, if requests left one colour's servers only. Where both colours were left at a time, nobody can tell, and they are lost as evidence.
/// Each waits for the reading of the counters after it, a second at most.
/// </remarks>
internal sealed class Redispatches
{
    /// <summary>How long after requests left a server their records may come, in seconds: they are written when the answer has ended.</summary>
    private const int MemorySeconds = 60;

    /// <summary>Beyond this many the oldest is not kept: HAProxy's counters have not been readable for long.</summary>
    private const int MaxWaiting = 100_000;

    private readonly List<Waiting> _waiting = [];
    private readonly Dictionary<(int Slot, Colour Colour), (long Count, long At)> _left = [];

    /// <summary>Backends of which something waits.</summary>
    public IEnumerable<ProxyName> Backends => _waiting.Select(w => w.Servers.Backend).Distinct();

    /// <summary>False: there is no room, and the request is lost as evidence.</summary>
    public bool TryAdd(ServerHalves servers, ServerSide side, bool bad, int milliseconds)
    {
        if (_waiting.Count >= MaxWaiting) return false;
        _waiting.Add(new Waiting(servers, side, bad, milliseconds));
        return true;
    }

    /// <summary>Gives the waiting requests of one backend to the colours that they were meant for. Returns how many are lost as evidence.</summary>
    public int Settle(ServerHalves servers, BackendCounts counts, long now, Action<SettledRequest> count)
    {
        Note(servers, counts, now);
        var lost = 0;
        foreach (var waiting in _waiting.Where(w => w.Servers.Backend == servers.Backend))
        {
            var (blue, green) = (WasLeft(waiting.Side.Slot, Colour.Blue, now), WasLeft(waiting.Side.Slot, Colour.Green, now));
            if (blue == green) lost++;
            else count(new SettledRequest(waiting.Side.Slot, green ? Colour.Green : Colour.Blue, waiting.Side.Colour, waiting.Side.Half, waiting.Bad, waiting.Milliseconds));
        }
        _waiting.RemoveAll(w => w.Servers.Backend == servers.Backend);
        return lost;
    }

    /// <summary>Forgets the requests that wait, and how the servers' counters were: other applications may have the slots. Returns how many waited.</summary>
    public int Forget()
    {
        var waited = _waiting.Count;
        _waiting.Clear();
        _left.Clear();
        return waited;
    }

    /// <summary>Of a backend that was never read before, what was left since HAProxy's start counts as just now.</summary>
    private void Note(ServerHalves servers, BackendCounts counts, long now)
    {
        var sums = new Dictionary<(int Slot, Colour Colour), long>();
        foreach (var (server, redispatched) in counts.Redispatched)
        {
            var side = servers.Find(Encoding.ASCII.GetBytes(server.Value));
            if (side.Slot >= 0) sums[(side.Slot, side.Colour)] = sums.GetValueOrDefault((side.Slot, side.Colour)) + redispatched;
        }
        foreach (var (key, sum) in sums)
        {
            var before = _left.GetValueOrDefault(key, (Count: 0, At: long.MinValue));
            _left[key] = (sum, sum > 0 && sum != before.Count ? now : before.At);
        }
    }

    private bool WasLeft(int slot, Colour colour, long now) => _left.TryGetValue((slot, colour), out var left) && left.At >= now - MemorySeconds;

    private readonly record struct Waiting(ServerHalves Servers, ServerSide Side, bool Bad, int Milliseconds);
}

/// <summary>A request whose colour turned out after its record.</summary>
internal readonly record struct SettledRequest(int Slot, Colour Meant, Colour Served, int Half, bool Bad, int Milliseconds);
