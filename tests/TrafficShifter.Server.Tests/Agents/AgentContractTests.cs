using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Agents;

namespace TrafficShifter.Server.Tests.Agents;

/// <summary>What an agent says is what the api hears, also where fields are left out because they are null.</summary>
public sealed class AgentContractTests
{
    [Fact]
    public void A_backend_is_heard_as_it_was_said()
    {
        var said = new BackendAnswer("hap1", [new ServerReading(ProxyName.Parse("blue1"), 252, 1, ServerHealth.Up)]);
        var heard = Hear(said);
        heard.Servers.ShouldBe(said.Servers);
        heard.Problem.ShouldBeNull();
    }

    [Fact]
    public void A_backend_that_is_not_there_is_no_error() => Hear(new BackendAnswer("hap1")).ShouldBe(new BackendAnswer("hap1"));

    [Fact]
    public void A_node_that_cannot_be_asked_says_why() => Hear(new BackendAnswer("hap1", null, "away")).Problem.ShouldBe("away");

    [Theory]
    [InlineData("SRV", false)]
    [InlineData(null, true)]
    [InlineData("SRV", true)]
    public void Persistence_is_heard_as_it_was_said(string? cookie, bool stickTable)
    {
        var said = new Persistence(cookie, stickTable);
        Hear(new BackendAnswer("hap1", [], Persistence: said)).Persistence.ShouldBe(said);
    }

    [Fact]
    public void An_observation_without_anything_optional_is_heard()
    {
        var said = new AgentAnswer(7, new AppObservation
        {
            Node = "hap1", App = AppName.Parse("shop"), Served = false, InSync = false, Index = 7, Process = new ProcessIdentity(1, null, "2.2", Stopping: false),
        });
        Hear(said).Observation.Process.ShouldBe(said.Observation.Process);
    }

    private static T Hear<T>(T said) => JsonSerializer.Deserialize<T>(JsonSerializer.Serialize(said, DocumentJson.Options), DocumentJson.Options)!;
}
