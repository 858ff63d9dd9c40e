using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Demo.Tests;

public sealed class ServerSetupTests
{
    private static readonly Uri Address = new("http://127.0.0.1:18001/");

    [Fact]
    public void An_agent_is_told_its_node_its_peers_and_how_it_is_reached()
    {
        var setup = new ServerSetup
        {
            Roles = "agent",
            Consul = new Uri("http://127.0.0.1:18500"),
            ConsulToken = "t",
            VictoriaMetrics = new Uri("http://127.0.0.1:18428"),
            AgentKey = "k",
            MetricsToken = "m",
            Nodes = [new ServerNode("hap1", "/run/admin.sock", AccessLog: "127.0.0.1:18002")],
            Settings = new Dictionary<string, string> { ["Agent:ReconcileInterval"] = "00:00:02" },
        };

        var environment = setup.WriteEnvironment(Address, "/data").Where(v => !v.Key.StartsWith("ASPNETCORE", StringComparison.Ordinal) && v.Key != "DOTNET_ENVIRONMENT");

        environment.ShouldBe(
            new Dictionary<string, string?>
            {
                ["Urls"] = "http://127.0.0.1:18001",
                ["Roles"] = "agent",
                ["DataDirectory"] = "/data",
                ["Consul__Address"] = "http://127.0.0.1:18500/",
                ["Consul__Token"] = "t",
                ["VictoriaMetrics__Address"] = "http://127.0.0.1:18428/",
                ["Agent__Key"] = "k",
                ["Agent__Advertise"] = "http://127.0.0.1:18001",
                ["Agent__Nodes__0__Name"] = "hap1",
                ["Agent__Nodes__0__RuntimeApi"] = "/run/admin.sock",
                ["Agent__Nodes__0__AccessLog"] = "127.0.0.1:18002",
                ["MetricsToken"] = "m",
                ["Agent__ReconcileInterval"] = "00:00:02",
            },
            ignoreOrder: true);
    }

    [Fact]
    public void What_is_not_set_is_taken_out_of_the_inherited_environment()
    {
        var environment = new ServerSetup { Roles = "api" }.WriteEnvironment(Address, "/data");

        foreach (var name in new[] { "Consul__Address", "Consul__Token", "VictoriaMetrics__Address", "Agent__Key", "Agent__Advertise", "ASPNETCORE_URLS" })
            environment.ShouldContainKeyAndValue(name, null);
    }
}
