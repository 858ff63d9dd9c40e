using System.Diagnostics;

namespace TrafficShifter.Faults.Workload;

/// <summary>Every operation of a round, in the order in which they ended, by one clock that never goes back.</summary>
internal sealed class OperationLog
{
    private static readonly DateTimeOffset Origin = DateTimeOffset.UtcNow;
    private static readonly long OriginTicks = Stopwatch.GetTimestamp();
    private readonly Lock _lock = new();
    private readonly List<Operation> _operations = [];

    /// <summary>The time of day at this process's start, and what a monotonic clock counted since.</summary>
    public static DateTimeOffset Now => Origin + Stopwatch.GetElapsedTime(OriginTicks);

    public IReadOnlyList<Operation> All
    {
        get
        {
            lock (_lock) return [.. _operations];
        }
    }

    /// <summary>Forgets those of the rounds before.</summary>
    public void Clear()
    {
        lock (_lock) _operations.Clear();
    }

    public void Add(Operation operation)
    {
        lock (_lock) _operations.Add(operation);
    }
}
