using System.Globalization;

namespace TrafficShifter.Faults.Stack;

/// <summary>An application that the harness shifts, on every node, in two colours of one server each.</summary>
/// <param name="IsMapped">`map` routing, in the pool of its own name; else `weights` routing, in the backend of its own name.</param>
internal sealed record TestedApp(string Name, bool IsMapped)
{
    public string Host => $"{Name}.example.com";

    /// <summary>Shifted by two operators, one at a time.</summary>
    public static readonly TestedApp Shop = new("shop", IsMapped: false);
    public static readonly TestedApp Cart = new("cart", IsMapped: true);

    /// <summary>Driven by the controller, one rollout after another.</summary>
    public static readonly TestedApp Roll = new("roll", IsMapped: false);
    public static readonly TestedApp Tide = new("tide", IsMapped: true);

    /// <summary>Written by two operators and a rollout at the same time.</summary>
    public static readonly TestedApp Fought = new("fought", IsMapped: false);

    /// <summary>Rolled back in the middle of each fault.</summary>
    public static readonly TestedApp Fire = new("fire", IsMapped: false);
    public static readonly TestedApp Flame = new("flame", IsMapped: true);

    public static readonly IReadOnlyList<TestedApp> All = [Shop, Cart, Roll, Tide, Fought, Fire, Flame];

    /// <summary>The body that registers it.</summary>
    public object Definition => IsMapped ? new { hosts = new[] { Host }, routing = new { kind = "map", pool = Name, mode = "random" } } : new { routing = new { backend = Name } };

    /// <summary>What asks a HAProxy for its weights, one command.</summary>
    public IEnumerable<string> Commands(string maps) => IsMapped
        ? [string.Create(CultureInfo.InvariantCulture, $"get map {maps}/apps.map {Name}")]
        : [$"get weight {Name}/blue1", $"get weight {Name}/green1"];
}
