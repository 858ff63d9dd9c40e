using TrafficShifter.Faults.Clock;
using TrafficShifter.Faults.Disk;
using TrafficShifter.Faults.Network;
using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults;

/// <summary>What a stack must be started with so that faults can get between its parts, at their clocks and at their disks.</summary>
internal static class Seams
{
    /// <param name="seed">Of what is lost on the network and of garbage.</param>
    public static StackSeams For(int seed) => new() { Lay = RelayedLinks.Lay(seed), Adjust = (part, setup) => SinkFault.Instance.Adjust(FakedClock.Adjust(part, setup)), Undo = (_, directory) => SmallDisk.UndoAsync(directory) };
}
