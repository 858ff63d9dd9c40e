using System.Net;
using System.Net.Sockets;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Stack;

namespace TrafficShifter.Demo.Tests;

public sealed class StackPortsTests
{
    [Fact]
    public void The_documented_ports_hold_when_nothing_is_set()
    {
        var ports = StackPorts.FromText(null);

        (ports.Api, ports.Frontends[0], ports.Frontends[1], ports.Upstream.Admin, ports.VictoriaMetrics, ports.Consul).ShouldBe((18000, 18080, 18081, 18090, 18428, 18500));
    }

    [Fact]
    public void No_port_is_given_twice() =>
        StackPorts.FromText("1024").All().Select(p => p.Port).ShouldBeUnique();

    [Fact]
    public void Another_base_moves_every_port()
    {
        var moved = StackPorts.FromText("28000").All().Select(p => p.Port);

        moved.ShouldBe(StackPorts.FromText("").All().Select(p => p.Port + 10_000));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("-1")]
    [InlineData("80")]
    [InlineData("65035")]
    [InlineData("18000 ")]
    public void A_base_that_is_none_is_refused_with_the_variables_name(string text) =>
        Should.Throw<PeerException>(() => StackPorts.FromText(text)).Message.ShouldContain("TRAFFIC_SHIFTER_PORT_BASE");

    [Fact]
    public void A_busy_port_is_named_with_its_purpose_and_the_remedy()
    {
        var ports = StackPorts.Free();
        using var other = new TcpListener(IPAddress.Loopback, ports.Consul);
        other.Start();

        var busy = Should.Throw<PeerException>(ports.EnsureFree);

        busy.Message.ShouldStartWith($"in use already: port {ports.Consul} (Consul). ");
        busy.Message.ShouldContain("./dev down");
        busy.Message.ShouldContain("TRAFFIC_SHIFTER_PORT_BASE=");
    }

    [Fact]
    public void Free_ports_are_free() => StackPorts.Free().EnsureFree();
}
