using TrafficShifter.HAProxy;

namespace TrafficShifter.Fuzzing.Targets;

/// <summary>What HAProxy says of itself: its process, its backends, its rings, its tables.</summary>
internal sealed class ShowOthersTarget : TextTarget
{
    public override string Name => "show-info";

    public override int BytesPerByte => 200;

    public override IReadOnlyList<string> Words => ["Pid: 7\n", "Version: 2.6.12\n", "Start_time_sec: 1\n", "Stopping: 1\n", "DroppedLogs: 17\n", "# name\n", "type=buffer, 3 dropped", "No such table", "operator among"];

    protected override object? Read(string input) => input switch
    {
        _ when input.StartsWith("# name", StringComparison.Ordinal) => Refusable(() => ShowBackend.Parse(input)),
        _ when input.StartsWith("Supported", StringComparison.Ordinal) => Refusable<object>(() => ShowEvents.ParseDropped(input)),
        _ when input.StartsWith("Filter", StringComparison.Ordinal) || input.StartsWith("No", StringComparison.Ordinal) => Refusable<object>(() => ShowTable.RemembersServers(input)),
        _ => AllOf(Refusable(() => ShowInfo.Parse(input)), Refusable<object>(() => ShowInfo.ParseDroppedLogs(input))),
    };

    protected override void Check(string input, object? read) => Require(read is not long dropped || dropped >= 0, "a number of records is negative");
}
