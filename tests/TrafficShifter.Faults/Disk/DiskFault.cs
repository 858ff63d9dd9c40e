using TrafficShifter.Faults.Stack;

namespace TrafficShifter.Faults.Disk;

/// <summary>The disk of a server takes nothing.</summary>
/// <remarks>Expected: an agent follows and obeys as ever, and says that it would forget with its process what it could not keep.</remarks>
internal sealed class DiskFault(string name, string part, Func<FaultStack, Demo.Peers.PeerProcess> program, bool isReadOnly) : IFault
{
    public static IReadOnlyList<IFault> All { get; } = SmallDisk.Problem is not null ? [] :
    [
        new DiskFault("agent-disk-full", "agent1", stack => stack.Agents[0], isReadOnly: false),
        new DiskFault("agent-disk-read-only", "agent1", stack => stack.Agents[0], isReadOnly: true),
        new DiskFault("api-disk-full", "api1", stack => stack.Servers[0], isReadOnly: false),
    ];

    public string Name => name;

    public TimeSpan Bound => TimeSpan.FromSeconds(10);

    public bool TouchesTraffic => false;

    public string Class => "disk";

    public async Task InjectAsync(FaultStack stack, CancellationToken cancellationToken)
    {
        var directory = stack.DirectoryOf(part);
        await SmallDisk.MountAsync(directory, program(stack), cancellationToken);
        if (isReadOnly) await SmallDisk.MakeReadOnlyAsync(directory, cancellationToken);
        else SmallDisk.Fill(directory);
    }

    public async Task HealAsync(FaultStack stack, CancellationToken cancellationToken)
    {
        var directory = stack.DirectoryOf(part);
        await SmallDisk.MakeRoomAsync(directory, cancellationToken);
        await SmallDisk.UnmountAsync(directory, program(stack), cancellationToken);
    }
}
