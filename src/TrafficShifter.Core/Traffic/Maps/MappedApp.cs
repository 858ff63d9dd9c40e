using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Traffic.Maps;

/// <summary>Everything that the maps say about one application.</summary>
public sealed record MappedApp
{
    public required AppName Name { get; init; }

    public IReadOnlyList<HostName> Hosts { get; init; } = [];

    public required PoolName Pool { get; init; }

    public MapMode Mode { get; init; } = MapMode.Sticky;

    /// <summary>Green's share.</summary>
    public required Share Green { get; init; }

    /// <summary>The colour that everything is locked to; null when not locked.</summary>
    public Colour? Lock { get; init; }

    /// <summary>The colour that opted-out users get.</summary>
    public Colour Stable { get; init; } = Colour.Blue;

    public TargetRules Rules { get; init; } = TargetRules.None;

    public AppRow Row => Lock is { } colour ? new AppRow.Locked(Name, Pool, colour) : new AppRow.Split(Name, Pool, Mode, !Rules.IsEmpty, Green);
}
