using System.CommandLine;
using System.Globalization;
using System.Net;
using TrafficShifter.Demo.Stack;
using TrafficShifter.Demo.Upstream;

namespace TrafficShifter.Demo.Commands;

/// <summary><c>upstream</c>: the demo application alone, for one's own HAProxy.</summary>
internal static class UpstreamCommand
{
    private static readonly Option<int[]> Blue = Ports("--blue", "Ports of the blue servers", () => [.. Defaults.Blue]);
    private static readonly Option<int[]> Green = Ports("--green", "Ports of the green servers", () => [.. Defaults.Green]);
    private static readonly Option<int[]> Admin = Ports("--admin", "Port that sets how a colour behaves", () => [Defaults.Admin]);
    private static readonly Option<string> Address = new("--address") { Description = "IP address to listen on; 0.0.0.0 for a container of its own", DefaultValueFactory = _ => "127.0.0.1" };

    private static UpstreamPorts Defaults => StackPorts.FromEnvironment().Upstream;

    public static Command Create()
    {
        var command = new Command("upstream", "Run the two-coloured demo application alone, until stopped") { Blue, Green, Admin, Address };
        command.SetAction((parsed, _) => RunAsync(new UpstreamPorts(parsed.GetValue(Blue)!, parsed.GetValue(Green)!, parsed.GetValue(Admin)![0]) { Address = IPAddress.Parse(parsed.GetValue(Address)!) }));
        Address.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
                if (!IPAddress.TryParse(token.Value, out _)) result.AddError($"--address: \"{token.Value}\" is not an IP address");
        });
        return command;
    }

    private static async Task<int> RunAsync(UpstreamPorts ports)
    {
        using var until = new UntilStopped();
        await using var upstream = await UpstreamApp.StartAsync(ports, until.Token);
        Console.Out.WriteLine($"blue on {string.Join(", ", ports.Blue)}; green on {string.Join(", ", ports.Green)}");
        Console.Out.WriteLine($"curl -X PUT {upstream.Admin}colours/green -d '{{\"errorRatio\":0.3,\"latency\":\"50ms\",\"refuse\":false}}'");
        await until.WaitAsync();
        return 0;
    }

    private static Option<int[]> Ports(string name, string description, Func<int[]> preset)
    {
        var option = new Option<int[]>(name) { Description = description, AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => preset() };
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens)
                if (!int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65_535)
                    result.AddError($"{name}: \"{token.Value}\" is not a port");
        });
        return option;
    }
}
