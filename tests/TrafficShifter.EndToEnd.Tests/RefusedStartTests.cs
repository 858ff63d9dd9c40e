using TrafficShifter.Demo.Peers;

namespace TrafficShifter.EndToEnd.Tests;

/// <summary>A server that cannot do what it is told does not start, and says which setting and the remedy.</summary>
[Trait("HAProxy", "any")]
public sealed class RefusedStartTests
{
    private static readonly ServerSetup Agent = new() { Name = "agent", Roles = "agent", Nodes = [new ServerNode("hap1", "/run/nowhere.sock")] };

    [Fact]
    public async Task An_agent_alone_without_Consul_does_not_start() => await ShouldRefuseAsync(
        Agent with { AgentKey = new string('k', 32) }, "Consul:Address is not set. Without Consul all roles must be in one process");

    [Theory]
    [InlineData("short", "Agent:Key: at least 32 characters, not 5")]
    [InlineData("a key with spaces, commas and more than 32 characters", "Agent:Key: only letters, digits and")]
    public async Task An_agent_with_a_key_that_cannot_serve_does_not_start(string key, string message) =>
        await ShouldRefuseAsync(Agent with { AgentKey = key, Consul = new Uri("http://127.0.0.1:8500") }, message);

    private static async Task ShouldRefuseAsync(ServerSetup setup, string message)
    {
        var refused = await Should.ThrowAsync<PeerException>(() => ServerProcess.StartUnreadyAsync(setup));
        refused.Message.ShouldContain("exit code 2");
        refused.Message.ShouldContain($"The server does not start: {message}");
    }
}
