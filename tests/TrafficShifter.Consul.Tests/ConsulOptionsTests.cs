using System.ComponentModel.DataAnnotations;

namespace TrafficShifter.Consul.Tests;

public sealed class ConsulOptionsTests
{
    [Theory]
    [InlineData("nothing", "")]
    [InlineData("Prefix", "no-slash")]
    [InlineData("Prefix", "/traffic-shifter/")]
    [InlineData("Prefix", "../other/")]
    [InlineData("Datacenter", "dc 1")]
    [InlineData("Wait", "00:00:00.5")]
    [InlineData("RequestTimeout", "00:02:00")]
    public void An_option_out_of_its_range_is_refused_by_name(string option, string value)
    {
        var good = new ConsulOptions { Address = new Uri("http://127.0.0.1:8500") };
        var options = option switch
        {
            "Prefix" => good with { Prefix = value },
            "Datacenter" => good with { Datacenter = value },
            "Wait" => good with { Wait = TimeSpan.Parse(value) },
            "RequestTimeout" => good with { RequestTimeout = TimeSpan.Parse(value) },
            _ => good,
        };
        using var http = ConsulClient.CreateHttp();
        void Create() => _ = new ConsulClient(options, http, TimeProvider.System);
        if (options == good) Should.NotThrow(Create);
        else Should.Throw<ValidationException>(Create).Message.ShouldContain(option);
    }
}
