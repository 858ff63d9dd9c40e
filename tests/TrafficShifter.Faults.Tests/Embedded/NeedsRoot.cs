using TrafficShifter.Faults.Clock;
using TrafficShifter.Faults.Disk;

namespace TrafficShifter.Faults.Tests.Embedded;

/// <summary>Is left out, with the reason, where a disk in memory cannot be mounted.</summary>
public sealed class NeedsRootTheoryAttribute : TheoryAttribute
{
    public NeedsRootTheoryAttribute() => Skip = SmallDisk.Problem;
}

/// <summary>Is left out, with the reason, where no clock can be moved.</summary>
public sealed class NeedsMovableClockFactAttribute : FactAttribute
{
    public NeedsMovableClockFactAttribute() => Skip = FakedClock.Problem;
}
