using System.Net;
using System.Net.Sockets;

namespace TrafficShifter.HAProxy.Tests;

public sealed class RuntimeApiAddressTests
{
    [Theory]
    [InlineData("/run/haproxy/admin.sock")]
    [InlineData("127.0.0.1:9999")]
    [InlineData("[::1]:9999")]
    [InlineData("lb1.example.com:9999")]
    public void Address_is_written_as_it_was_read(string text) => RuntimeApiAddress.Parse(text).ToString().ShouldBe(text);

    [Fact]
    public void Path_is_a_Unix_socket_and_the_rest_is_TCP()
    {
        RuntimeApiAddress.Parse("/run/x").EndPoint.ShouldBeOfType<UnixDomainSocketEndPoint>();
        RuntimeApiAddress.Parse("[::1]:80").EndPoint.ShouldBe(new IPEndPoint(IPAddress.IPv6Loopback, 80));
        RuntimeApiAddress.Parse("lb1:80").EndPoint.ShouldBe(new DnsEndPoint("lb1", 80));
    }

    [Theory]
    [InlineData("")]
    [InlineData("admin.sock")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("::1:9999")]
    [InlineData(":9999")]
    [InlineData("a b:9999")]
    [InlineData("/run/a\nb")]
    [InlineData("lb1;x:9999")]
    public void Other_text_is_refused_by_name(string text) =>
        Should.Throw<FormatException>(() => RuntimeApiAddress.Parse(text)).Message.ShouldContain(text);

    [Fact]
    public void Path_longer_than_the_kernel_allows_is_refused_before_it_is_used() =>
        Should.Throw<FormatException>(() => RuntimeApiAddress.Parse("/" + new string('x', 107))).Message.ShouldContain("at most 107 bytes, this one has 108");
}
