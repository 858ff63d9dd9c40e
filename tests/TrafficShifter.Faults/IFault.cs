using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults;

/// <summary>Something that goes wrong around the service, and how it ends.</summary>
internal interface IFault
{
    /// <summary>Kebab-case, as <c>--only</c> takes it: <c>consul-leader-killed</c>.</summary>
    string Name { get; }

    /// <summary>After its end, every live node's weights must be the wanted ones within this time.</summary>
    TimeSpan Bound { get; }

    /// <summary>It breaks requests by itself: those that fail are compared with a control run without us. Such a fault touches HAProxy and the origins of a stack and nothing else.</summary>
    bool TouchesTraffic { get; }

    /// <summary>What it is about: the short form runs the first of each class, and a pair is never of one class.</summary>
    string Class => Name;

    /// <summary>How long it lasts at the least; default 4 s.</summary>
    TimeSpan Duration => TimeSpan.FromSeconds(4);

    /// <summary>Nodes (from 0) whose agent it takes away: nobody can tell their HAProxy anything before the fault ends.</summary>
    IReadOnlyList<int> WithoutAgent => [];

    /// <summary>It empties the store: what was written before is in HAProxy and on disks, and the history begins anew.</summary>
    bool WipesStore => false;

    /// <summary>Brings the fault about; returns as soon as it is there.</summary>
    Task InjectAsync(FaultStack stack, CancellationToken cancellationToken);

    /// <summary>Ends it; returns when what it broke works again by itself.</summary>
    Task HealAsync(FaultStack stack, CancellationToken cancellationToken);
}
