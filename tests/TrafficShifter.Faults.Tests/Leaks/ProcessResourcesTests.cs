using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using TrafficShifter.Faults.Leaks;

namespace TrafficShifter.Faults.Tests.Leaks;

public sealed class ProcessResourcesTests
{
    [Fact]
    public void Sockets_that_are_opened_are_counted_as_sockets_and_as_handles()
    {
        var before = ProcessResources.Find(Environment.ProcessId).ShouldNotBeNull();
        var sockets = Enumerable.Range(0, 200).Select(_ => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)).ToList();

        var after = ProcessResources.Find(Environment.ProcessId).ShouldNotBeNull();

        // Other tests run in this process: a few of theirs may come and go.
        (after.Sockets - before.Sockets).ShouldBeInRange(150, 250);
        (after.Handles - before.Handles).ShouldBeInRange(150, 250);
        (after.Megabytes > 1, after.Threads > 1).ShouldBe((true, true));
        sockets.ForEach(s => s.Dispose());
    }

    [Fact]
    public void A_process_that_is_not_there_holds_nothing() => ProcessResources.Find(int.MaxValue).ShouldBeNull();

    [Fact]
    public async Task A_program_collects_its_garbage_when_it_is_asked()
    {
        var before = GC.CollectionCount(GC.MaxGeneration);

        (await ForcedCollection.AskAsync(Environment.ProcessId, CancellationToken.None)).ShouldBeTrue();

        GC.CollectionCount(GC.MaxGeneration).ShouldBeGreaterThan(before);
    }

    [Fact]
    public async Task A_process_that_is_not_there_collects_nothing() => (await ForcedCollection.AskAsync(int.MaxValue, CancellationToken.None)).ShouldBeFalse();

    [Fact]
    public async Task Programs_that_a_process_began_are_counted_with_those_that_they_began()
    {
        using var shell = Process.Start("sh", "-c \"sleep 60 & wait\"");
        while (ProcessResources.CountDescendants(shell.Id) == 0) await Task.Delay(10);
        ProcessResources.CountDescendants(Environment.ProcessId).ShouldBeGreaterThanOrEqualTo(2);

        shell.Kill(entireProcessTree: true);
        await shell.WaitForExitAsync();
        ProcessResources.CountDescendants(shell.Id).ShouldBe(0);
    }

    [Fact]
    public void Keys_that_are_kept_on_purpose_do_not_count() =>
        LeakWatch.CountKeys(JsonSerializer.Deserialize<JsonElement>("""["traffic-shifter/weights/shop", "traffic-shifter/history/shop/1", "traffic-shifter/live/hap1", "traffic-shifter/rollouts/shop/1"]""")).ShouldBe(2);
}
