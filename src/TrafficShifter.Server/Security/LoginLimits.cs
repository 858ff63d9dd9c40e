using System.Net;
using System.Net.Sockets;

namespace TrafficShifter.Server.Security;

/// <summary>Counts wrong tokens by address and in all, and says who has sent too many. A right one is never counted and never held up, whatever came before it.</summary>
/// <remarks>So nobody can lock a person out of the emergency rollback by guessing from their address. 256 random bits need no lock-out; the log, Consul and the CPU do.</remarks>
public sealed class LoginLimits(TimeProvider time)
{
    /// <summary>A store that hangs holds up finding out who calls for no longer: they may want to roll back.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public const int PerAddress = 20;
    public const int InAll = 1000;
    public static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private const int MostAddresses = 10_000;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _byAddress = [];
    private readonly HashSet<string> _seen = [];
    private long _start = time.GetTimestamp();
    private int _inAll;

    /// <summary>How long an address that has sent too many wrong tokens is answered without a look; null when it has not.</summary>
    public TimeSpan? FindWait(IPAddress? address)
    {
        lock (_gate)
        {
            Turn();
            return _inAll >= InAll || _byAddress.GetValueOrDefault(Key(address)) >= PerAddress ? Window - time.GetElapsedTime(_start) : null;
        }
    }

    /// <summary>Whether this very thing was counted a moment ago: asking about it again tells nothing new.</summary>
    public bool HasSeen(string hash)
    {
        lock (_gate)
        {
            Turn();
            return _seen.Contains(hash);
        }
    }

    /// <summary>Counts the same thing once: a browser sends a cookie that is over with every request, and guesses nothing by it.</summary>
    public void NoteOnce(IPAddress? address, string hash)
    {
        lock (_gate)
        {
            Turn();
            if (_seen.Count < MostAddresses && !_seen.Add(hash)) return;
        }
        Note(address);
    }

    public void Note(IPAddress? address)
    {
        lock (_gate)
        {
            Turn();
            _inAll++;
            var key = Key(address);
            if (_byAddress.Count < MostAddresses || _byAddress.ContainsKey(key)) _byAddress[key] = _byAddress.GetValueOrDefault(key) + 1;
        }
    }

    private void Turn()
    {
        if (time.GetElapsedTime(_start) < Window) return;
        _start = time.GetTimestamp();
        _inAll = 0;
        _byAddress.Clear();
        _seen.Clear();
    }

    /// <summary>An IPv6 customer has a /64 of addresses at least: they count as one.</summary>
    private static string Key(IPAddress? address)
    {
        if (address is null) return "";
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8)) : address.ToString();
    }
}
