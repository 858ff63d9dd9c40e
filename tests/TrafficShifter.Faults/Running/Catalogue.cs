using TrafficShifter.Faults.Processes;
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
    ];
}
