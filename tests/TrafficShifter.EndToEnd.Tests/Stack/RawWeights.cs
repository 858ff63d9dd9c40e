using System.Globalization;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>The weights as HAProxy itself tells them on its socket: nothing of the product is in between.</summary>
public static partial class RawWeights
{
    /// <summary>Green's part of all weights in percent, blue's and green's servers up: <c>10</c>.</summary>
    /// <exception cref="SocketException">Nothing listens on the socket.</exception>
    public static async Task<decimal> GreenAsync(HAProxyProcess haproxy, Backend backend)
    {
        var weights = await ReadAsync(haproxy, backend);
        var green = weights.Where(w => w.Key.StartsWith("green", StringComparison.Ordinal)).Sum(w => w.Value);
        return 100m * green / weights.Values.Sum();
    }

    /// <summary>The same; null while nothing answers on the socket.</summary>
    public static async Task<decimal?> FindGreenAsync(HAProxyProcess haproxy, Backend backend)
    {
        try
        {
            return await GreenAsync(haproxy, backend);
        }
        catch (Exception away) when (away is SocketException or IOException or InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Weight by server.</summary>
    public static async Task<IReadOnlyDictionary<string, int>> ReadAsync(HAProxyProcess haproxy, Backend backend)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        var reply = await haproxy.AskAsync(string.Join(';', backend.Servers.Select(s => $"get weight {backend.Name}/{s}")), patience.Token);
        var weights = Line().Matches(reply).Select(m => int.Parse(m.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).ToList();
        if (weights.Count != backend.Servers.Count) throw new InvalidDataException($"asked for {backend.Servers.Count} weights of {backend.Name}, was told: {reply}");
        return backend.Servers.Zip(weights).ToDictionary(pair => pair.First, pair => pair.Second);
    }

    // 50 (initial 100)
    [GeneratedRegex(@"^(\d+) \(initial \d+\)", RegexOptions.Multiline)]
    private static partial Regex Line();
}
