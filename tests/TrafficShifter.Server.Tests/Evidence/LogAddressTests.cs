using TrafficShifter.Server.Evidence;

namespace TrafficShifter.Server.Tests.Evidence;

public sealed class LogAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:8514", true)]
    [InlineData("[::1]:8514", true)]
    [InlineData("udp:127.0.0.1:8514", false)]
    [InlineData("unixgram:/run/haproxy/log.sock", false)]
    public void A_place_to_listen_at(string text, bool isStream)
    {
        LogAddress.TryParse(text, out var address).ShouldBeTrue();
        address!.IsStream.ShouldBe(isStream);
    }

    [Theory]
    [InlineData("")]
    [InlineData("8514")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:0")]
    [InlineData("127.0.0.1:70000")]
    [InlineData("agent:8514")]
    [InlineData("/run/haproxy/log.sock")]
    [InlineData("unixgram:log.sock")]
    public void No_place_to_listen_at(string text) => LogAddress.FindProblem(text).ShouldNotBeNull();
}
