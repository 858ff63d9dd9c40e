using System.Net;
using TrafficShifter.Core.Egress;

namespace TrafficShifter.Core.Tests.Egress;

public sealed class EgressPolicyTests
{
    private static readonly EgressPolicy Usual = EgressPolicy.Parse("hooks.example.com, *.example.org,93.184.216.34", "10.1.0.0/16,fd00:1::/32");
    private static readonly EgressPolicy Loopback = EgressPolicy.Parse("hooks.example.com", "127.0.0.0/8,169.254.0.0/16,::1/128");

    [Theory]
    [InlineData("https://hooks.example.com/T0/B0")]
    [InlineData("http://HOOKS.example.com:8080")]
    [InlineData("https://a.b.example.org/x?y=@")]
    [InlineData("http://93.184.216.34/")]
    [InlineData("http://10.1.2.3:9000/hook")]
    [InlineData("http://[fd00:1::5]:9000/hook")]
    public void What_is_listed_may_be_called(string url) => Usual.FindProblem(url).ShouldBeNull();

    [Theory]
    [InlineData("https://example.com/", "is none of Egress:Hosts")]
    [InlineData("https://example.org/", "is none of Egress:Hosts")]
    [InlineData("https://evilexample.org/", "is none of Egress:Hosts")]
    [InlineData("https://hooks.example.com.evil.net/", "is none of Egress:Hosts")]
    [InlineData("https://10.2.0.1/", "is none of Egress:Hosts")]
    [InlineData("https://hooks.example.com@169.254.169.254/", "a URL with a user in it is not called")]
    [InlineData("https://hooks.example.com:80@169.254.169.254/", "a URL with a user in it is not called")]
    [InlineData("https://169.254.169.254\\@hooks.example.com/", "not an absolute http or https URL")]
    [InlineData("ftp://hooks.example.com/", "not an absolute http or https URL")]
    [InlineData("file:///etc/passwd", "not an absolute http or https URL")]
    [InlineData("hooks.example.com", "not an absolute http or https URL")]
    [InlineData("http://", "not an absolute http or https URL")]
    public void What_is_not_listed_may_not(string url, string says) => Usual.FindProblem(url).ShouldNotBeNull().ShouldContain(says);

    /// <summary>All of these are 127.0.0.1 or 169.254.169.254 to some parser or resolver. They are refused even where those networks are listed.</summary>
    [Theory]
    [InlineData("2130706433")]
    [InlineData("2852039166")]
    [InlineData("0x7f000001")]
    [InlineData("0x7f.1")]
    [InlineData("0x7F.0.0.0x1")]
    [InlineData("017700000001")]
    [InlineData("0177.0.0.1")]
    [InlineData("127.1")]
    [InlineData("127.0.1")]
    [InlineData("127.0.0.01")]
    [InlineData("127.0.0.1.")]
    [InlineData("127.0.0.256")]
    [InlineData("0251.0376.0251.0376")]
    [InlineData("169.254.43518")]
    [InlineData("%31%32%37.0.0.1")]
    [InlineData("127。0。0。1")]
    [InlineData("１２７.0.0.1")]
    [InlineData("[::ffff:127.0.0.1]")]
    [InlineData("[::ffff:7f00:1]")]
    [InlineData("[0:0:0:0:0:0:0:1]")]
    [InlineData("[::1%25lo]")]
    [InlineData("[::127.0.0.1]")]
    public void An_address_in_another_writing_is_not_called(string host) => Loopback.FindProblem($"http://{host}/").ShouldNotBeNull();

    [Theory]
    [InlineData("127.0.0.1", "loopback")]
    [InlineData("127.8.8.8", "loopback")]
    [InlineData("::1", "loopback")]
    [InlineData("169.254.169.254", "link-local")]
    [InlineData("fe80::1", "link-local")]
    [InlineData("10.0.0.1", "private")]
    [InlineData("172.31.255.255", "private")]
    [InlineData("192.168.1.1", "private")]
    [InlineData("fd00:2::1", "private")]
    [InlineData("100.64.0.1", "of a carrier's own network")]
    [InlineData("0.0.0.0", "this host")]
    [InlineData("::", "this host")]
    [InlineData("224.0.0.1", "multicast")]
    [InlineData("ff02::1", "multicast")]
    [InlineData("255.255.255.255", "reserved")]
    [InlineData("198.18.0.1", "reserved")]
    [InlineData("2001:db8::1", "reserved")]
    [InlineData("4000::1", "reserved")]
    [InlineData("::ffff:127.0.0.1", "an IPv4 address in IPv6 clothes")]
    [InlineData("::ffff:93.184.216.34", "an IPv4 address in IPv6 clothes")]
    [InlineData("64:ff9b::7f00:1", "an IPv4 address in IPv6 clothes")]
    [InlineData("2002:7f00:1::", "an IPv4 address in IPv6 clothes")]
    [InlineData("::127.0.0.1", "an IPv4 address in IPv6 clothes")]
    public void A_listed_name_that_is_a_special_address_is_not_connected_to(string address, string what)
    {
        Usual.FindProblem("hooks.example.com", [IPAddress.Parse(address)]).ShouldNotBeNull().ShouldContain(what);
        Usual.FindProblem("hooks.example.com", [IPAddress.Parse("93.184.216.34"), IPAddress.Parse(address)]).ShouldNotBeNull().ShouldContain(what);
    }

    [Theory]
    [InlineData("93.184.216.34")]
    [InlineData("2606:2800:220:1::1")]
    [InlineData("10.1.255.255")]
    [InlineData("fd00:1::99")]
    public void A_listed_name_that_is_a_public_address_or_one_of_a_listed_network_is(string address) =>
        Usual.FindProblem("hooks.example.com", [IPAddress.Parse(address)]).ShouldBeNull();

    [Fact]
    public void A_mapped_address_is_not_connected_to_even_where_its_network_is_listed()
    {
        Loopback.FindProblem("hooks.example.com", [IPAddress.Parse("127.0.0.1")]).ShouldBeNull();
        Loopback.FindProblem("hooks.example.com", [IPAddress.Parse("::ffff:127.0.0.1")]).ShouldNotBeNull();
    }

    [Fact]
    public void A_name_without_an_address_and_a_name_that_is_not_listed_are_not_connected_to()
    {
        Usual.FindProblem("hooks.example.com", []).ShouldBe("\"hooks.example.com\" has no address");
        Usual.FindProblem("example.com", [IPAddress.Parse("93.184.216.34")]).ShouldBe("\"example.com\" is none of Egress:Hosts");
    }

    [Fact]
    public void Nothing_listed_means_off()
    {
        var off = EgressPolicy.Parse("", null);

        off.IsOff.ShouldBeTrue();
        off.FindProblem("https://hooks.slack.com/").ShouldBe("nothing may be called: Egress:Hosts and Egress:Networks are empty");
        off.FindProblem("hooks.slack.com", [IPAddress.Parse("93.184.216.34")]).ShouldBe("nothing may be called: Egress:Hosts and Egress:Networks are empty");
    }

    [Theory]
    [InlineData("*", "")]
    [InlineData("a b!c", "")]
    [InlineData("https://hooks.slack.com", "")]
    [InlineData("Hooks.slack.com", "")]
    [InlineData("", "10.0.0.0")]
    [InlineData("", "10.1.2.3/8")]
    [InlineData("", "::ffff:10.0.0.0/104")]
    public void A_list_that_cannot_be_read_is_refused(string hosts, string networks) => Should.Throw<FormatException>(() => EgressPolicy.Parse(hosts, networks));
}
