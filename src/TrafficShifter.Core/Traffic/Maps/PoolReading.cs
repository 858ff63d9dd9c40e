using TrafficShifter.Core.Ports;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>The two backends of a pool as they were read; null where there is none.</summary>
public sealed record PoolReading(PoolName Pool, IReadOnlyList<ServerReading>? Blue, IReadOnlyList<ServerReading>? Green)
{
    public static PoolReading Of(PoolName pool, LoadBalancerReading reading) =>
        new(pool, reading.Backends.GetValueOrDefault(pool.BackendOf(Colour.Blue)), reading.Backends.GetValueOrDefault(pool.BackendOf(Colour.Green)));

    /// <summary>The HAProxy has nothing of the pool: the application's traffic does not pass it.</summary>
    public bool IsAbsent => Blue is null && Green is null;

    public IReadOnlyList<ServerReading> Servers { get; } = [.. Blue ?? [], .. Green ?? []];

    public bool HasUsable(Colour colour) => (colour == Colour.Blue ? Blue : Green)?.Any(s => s.Health == ServerHealth.Up && s.Weight > 0) == true;

    /// <summary>What of the pool is missing, as a sentence; null when both backends are there.</summary>
    public string? FindProblem() => (Blue, Green) switch
    {
        (null, null) => $"this HAProxy has no backends \"{Pool.BackendOf(Colour.Blue)}\" and \"{Pool.BackendOf(Colour.Green)}\"",
        (null, _) => $"this HAProxy has no backend \"{Pool.BackendOf(Colour.Blue)}\"",
        (_, null) => $"this HAProxy has no backend \"{Pool.BackendOf(Colour.Green)}\"",
        _ => null,
    };

    /// <summary>Green's share of the traffic where the row says <paramref name="green"/>: a colour without a usable server leaves its requests to the other one. Null when neither has any.</summary>
    public Share? ShareOf(Share green) => (HasUsable(Colour.Blue), HasUsable(Colour.Green)) switch
    {
        (true, true) => green,
        (true, false) => Share.None,
        (false, true) => Share.All,
        _ => null,
    };

    /// <summary>The colour that should get traffic and cannot serve any, as a sentence; null when there is none.</summary>
    public string? FindUnserved(Share green)
    {
        foreach (var (colour, wanted) in new[] { (Colour.Blue, green.Rest), (Colour.Green, green) })
            if (wanted > Share.None && !HasUsable(colour))
                return HasUsable(colour.Other())
                    ? $"{colour.Word()} should get {wanted} and has no usable server in backend \"{Pool.BackendOf(colour)}\": its requests are served by {colour.Other().Word()}"
                    : $"{colour.Word()} should get {wanted}, and pool \"{Pool}\" has no usable server at all";
        return null;
    }
}
