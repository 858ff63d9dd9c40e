using System.Net;
using TrafficShifter.Faults.RuntimeApi;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Network;

/// <summary>A relay on every way of a stack: to a Unix socket one that knows the Runtime API, elsewhere one of streams.</summary>
internal static class RelayedLinks
{
    /// <summary>What lays them, for <see cref="StackSeams.Lay"/>.</summary>
    /// <param name="seed">Of losses and garbage; each way has its own from it.</param>
    public static Func<Link, CancellationToken, Task<IRelay?>> Lay(int seed)
    {
        var number = 0;
        return (link, _) => Task.FromResult<IRelay?>(Make(link, seed + (1000 * number++)));
    }

    /// <summary>Changes the weather of a way, from now on.</summary>
    /// <exception cref="InvalidOperationException">The stack was started without relays.</exception>
    public static void Become(this Links links, string from, string to, Weather weather) => links.RelayOf<LinkRelay>(from, to).Become(weather);

    /// <summary>The relay of a way.</summary>
    /// <exception cref="InvalidOperationException">The stack was started without relays, or this way has one of another kind.</exception>
    public static T RelayOf<T>(this Links links, string from, string to) where T : class, IRelay =>
        links.Between(from, to).Relay as T ?? throw new InvalidOperationException($"{links.Between(from, to)} has no {typeof(T).Name}: the stack was started without it");

    private static IRelay Make(Link link, int seed)
    {
        if (link.IsSocket) return new RuntimeApiRelay(link.Target, Path.Combine(Path.GetTempPath(), $"ts-{Guid.NewGuid():N}.sock"), seed);
        return new LinkRelay(new IPEndPoint(IPAddress.Loopback, 0), IPEndPoint.Parse(link.Target), seed);
    }
}
