// Every class has servers and ports of its own, and most wait more than they work: two at a time.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]

namespace TrafficShifter.EndToEnd.Tests.Stack;

/// <summary>What loads the machine or measures what it does: one at a time, after all others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
