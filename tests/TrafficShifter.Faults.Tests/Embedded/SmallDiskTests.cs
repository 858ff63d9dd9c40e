using TrafficShifter.Faults.Disk;

namespace TrafficShifter.Faults.Tests.Embedded;

/// <summary>The embedded store on a disk that takes nothing. Needs root.</summary>
public sealed class SmallDiskTests
{
    [NeedsRootTheory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_shift_that_cannot_be_kept_is_refused_a_rollback_holds_and_both_are_right_when_there_is_room(bool isReadOnly)
    {
        await using var stack = await SmallStack.StartAsync();
        var before = await stack.GreenAsync();
        before.ShouldNotBe("0");
        await SmallDisk.MountAsync(stack.DataDirectory, stack.Server, CancellationToken.None);
        if (isReadOnly) await SmallDisk.MakeReadOnlyAsync(stack.DataDirectory, CancellationToken.None);
        else SmallDisk.Fill(stack.DataDirectory);

        var refused = await stack.ShiftAsync(60);
        refused.Status.ShouldBe(503, refused.Text);
        (await stack.GreenAsync()).ShouldBe(before);
        var rolledBack = await stack.SendAsync(HttpMethod.Post, "api/v1/apps/shop/rollback", new { reason = "fire" });
        rolledBack.Status.ShouldBeInRange(200, 202, rolledBack.Text);
        (await stack.GreenAsync()).ShouldBe("0");

        await SmallDisk.MakeRoomAsync(stack.DataDirectory, CancellationToken.None);
        await SmallDisk.UnmountAsync(stack.DataDirectory, stack.Server, CancellationToken.None);
        await Eventually.SeeAsync("the lock in the store", async () => (await stack.SendAsync(HttpMethod.Get, "api/v1/apps/shop/status")).Text, text => text.Contains("\"source\":\"lock\"", StringComparison.Ordinal));
        var unlocked = await stack.SendAsync(HttpMethod.Post, "api/v1/apps/shop/unlock", new { reason = "over" });
        unlocked.Status.ShouldBe(200, unlocked.Text);
        (await stack.ShiftAsync(50)).Status.ShouldBe(200);

        await stack.Server.KillAsync();
        await stack.Server.RestartAsync();
        (await stack.GetAsync("api/v1/apps/shop/weights")).GetProperty("green").GetInt32().ShouldBe(50);
    }
}
