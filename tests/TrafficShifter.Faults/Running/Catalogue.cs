using TrafficShifter.Faults.Clock;
using TrafficShifter.Faults.Disk;
using TrafficShifter.Faults.Network;
using TrafficShifter.Faults.Processes;
using TrafficShifter.Faults.RuntimeApi;
using TrafficShifter.Faults.Writers;

namespace TrafficShifter.Faults.Running;

/// <summary>Every fault that there is.</summary>
internal static class Catalogue
{
    public static IReadOnlyList<IFault> All { get; } =
    [
        .. ServerFaults.All,
        .. HAProxyFaults.All,
        .. ConsulFaults.All,
        new ManyWriters(),
        new HandEdits(),
        .. NetworkFaults.All,
        SinkFault.Instance,
        .. RuntimeApiFault.All,
        .. DiskFault.All,
        .. ClockFault.All,
    ];
}
