namespace TrafficShifter.Server.Tests.Agents;

/// <summary>A HAProxy that began anew, met while one application changes: the others have the weights of its file.</summary>
public sealed class NewProcessTests : OneNode
{
    [Theory]
    [InlineData(100)]
    [InlineData(90)]
    public async Task All_applications_are_set_again_and_not_only_the_one_that_changed(int blue)
    {
        await ShiftAsync(("shop", blue), ("cart", 100));
        Green("cart").ShouldBe(0);
        HAProxy.Restart();
        Green("cart").ShouldBe(100, "the file's weight");

        await ShiftAsync(("shop", 50));

        Green("cart").ShouldBe(0);
        Green("shop").ShouldBe(Blue("shop"));
        Agent.Process.ShouldBe(HAProxy.Process);
    }
}
