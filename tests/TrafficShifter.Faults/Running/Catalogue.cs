namespace TrafficShifter.Faults.Running;

/// <summary>Every fault that there is.</summary>
internal static class Catalogue
{
    public static IReadOnlyList<IFault> All { get; } =
    [
        .. Processes.ProcessFaults.All,
    ];
}
