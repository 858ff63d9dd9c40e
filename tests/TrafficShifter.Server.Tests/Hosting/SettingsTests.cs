using System.Diagnostics;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Tests.Hosting;

public sealed class SettingsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("settings-").FullName;

    public static TheoryData<string, string> Bad => new()
    {
        { "--Roles=api,gardener", "Roles: \"gardener\" is not a role; there are api, controller and agent" },
        { "--Roles=,", "Roles: at least one of api, controller and agent" },
        { "--Roles=4", "Roles: \"4\" is not a role" },
        { "--Roles=api", "Consul:Address is not set. Without Consul all roles must be in one process" },
        { "--Roles=agent", "Consul:Address is not set" },
        { "--Roles=agent --Consul:Address=http://127.0.0.1:1", "Agent:Advertise: an agent in a process of its own needs the URL" },
        { "--Roles=agent --Consul:Address=http://127.0.0.1:1 --Agent:Advertise=http://127.0.0.1:2", "Agent:Key: an agent in a process of its own needs the key" },
        { "--Agent:Key=short", "Agent:Key: at least 32 characters, not 5" },
        { "--Agent:Known:0:Node=hap1", "Agent:Known:0:Address: " },
        { "--Agent:Known:0:Node=Hap_1 --Agent:Known:0:Address=http://10.0.0.7:8081", "Agent:Known:0:Node: a node name is made of a-z" },
        { "--Agent:Known:0:Node=hap1 --Agent:Known:0:Address=ftp://10.0.0.7", "Agent:Known:0:Address: " },
        { "--Agent:Nodes:0:Name=hap1", "Agent:Nodes:0:RuntimeApi: " },
        { "--Agent:Nodes:0:RuntimeApi=127.0.0.1:1", "Agent:Nodes:0:Name: " },
        { "--Agent:Nodes:0:Name=hap1 --Agent:Nodes:0:RuntimeApi=somewhere", "Agent:Nodes:0:RuntimeApi: " },
        { "--Agent:Nodes:0:Name=Hap_1 --Agent:Nodes:0:RuntimeApi=127.0.0.1:1", "Agent:Nodes:0:Name: a node name is made of a-z" },
        { "--Agent:Nodes:0:Name=a --Agent:Nodes:0:RuntimeApi=127.0.0.1:1 --Agent:Nodes:1:Name=a --Agent:Nodes:1:RuntimeApi=127.0.0.1:2", "Agent:Nodes: two nodes have the same name" },
        { "--Agent:ReconcileInterval=00:00:00", "Agent:ReconcileInterval: " },
        { "--Agent:ReconcileInterval=soon", "Agent: " },
        { "--Agent:ProcessCheckInterval=00:01:00", "Agent:ProcessCheckInterval: " },
        { "--DataDirectory=", "DataDirectory: " },
        { "--Consul:Address=nonsense", "Consul:Address: \"nonsense\" is not a URL" },
        { "--VictoriaMetrics:Address=nonsense", "VictoriaMetrics:Address: \"nonsense\" is not a URL" },
        { "--Roles=agent --Consul:Address=http://127.0.0.1:1 --Agent:Advertise=hap1:8081", "Agent:Advertise: \"hap1:8081\" is not a URL" },
        { "--Events:Sinks:0:Name=ops --Events:Sinks:0:Url=https://hooks.slack.com/services/T0", "Events:Sinks:0:Url: nothing may be called: Egress:Hosts and Egress:Networks are empty" },
        { "--Egress:Hosts=hooks.slack.com --Events:Sinks:0:Name=ops --Events:Sinks:0:Url=http://2130706433/", "Events:Sinks:0:Url: \"2130706433\" is not the usual writing of an IPv4 address" },
        { "--Egress:Hosts=hooks.slack.com --Events:Sinks:0:Url=https://hooks.slack.com/", "Events:Sinks:0:Name: " },
        { "--Egress:Hosts=hooks.slack.com --Events:Sinks:0:Name=Ops --Events:Sinks:0:Url=https://hooks.slack.com/", "Events:Sinks:0:Name: a sink name is made of a-z" },
        { "--Egress:Hosts=hooks.slack.com --Events:Sinks:0:Name=ops --Events:Sinks:0:Url=https://hooks.slack.com/ --Events:Sinks:0:Secret=short", "Events:Sinks:0:Secret: a secret has at least 16 characters" },
        { "--Egress:Hosts=hooks.slack.com --Events:Sinks:0:Name=a --Events:Sinks:0:Url=https://hooks.slack.com/ --Events:Sinks:1:Name=a --Events:Sinks:1:Url=https://hooks.slack.com/", "Events:Sinks: two sinks have the same name" },
        { "--Events:Timeout=00:00:10", "Events:Timeout: " },
        { "--Egress:Networks=10.1.2.3/8", "Egress: \"10.1.2.3/8\" is written as 10.0.0.0/8" },
        { "--Egress:Hosts=https://hooks.slack.com", "Egress: " },
        { "--Logging:Level=loud", "Logging:Level: \"loud\" is none of" },
        { "--Logging:Format=xml", "Logging:Format: \"xml\" is neither text nor json" },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public void A_setting_that_cannot_be_used_is_named(string settings, string says)
    {
        var wrong = Should.Throw<ConfigurationException>(() => ServerHost.Build([$"--DataDirectory={_folder}", "--Urls=http://127.0.0.1:0", .. settings.Split(' ')]));

        wrong.Message.ShouldStartWith(says);
    }

    [Fact]
    public async Task A_setting_that_cannot_be_used_ends_the_program_with_exit_code_2()
    {
        var (code, error) = await RunAsync("--Roles=gardener");

        code.ShouldBe(2);
        error.ShouldBe("The server does not start: Roles: \"gardener\" is not a role; there are api, controller and agent\n");
    }

    [Fact]
    public async Task A_data_directory_that_another_server_uses_ends_the_program_with_exit_code_2()
    {
        await using var server = await RunningServer.StartNewAsync();

        var (code, error) = await RunAsync($"--DataDirectory={server.Folder}", "--Urls=http://127.0.0.1:0");

        code.ShouldBe(2);
        error.ShouldContain("The server does not start: The store");
        error.ShouldContain("Does another server use it");
    }

    [Fact]
    public async Task An_address_that_is_in_use_ends_the_program_with_exit_code_2()
    {
        await using var server = await RunningServer.StartNewAsync();

        var (code, error) = await RunAsync($"--DataDirectory={_folder}", $"--Urls={server.Address.GetLeftPart(UriPartial.Authority)}");

        code.ShouldBe(2);
        error.ShouldContain("Set Urls to a free address");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<(int Code, string Error)> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardError = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(typeof(ServerHost).Assembly.Location);
        foreach (var argument in arguments.Append("--Logging:Level=Fatal")) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        await Testing.Awaiting.ForAsync(process.WaitForExitAsync(), "the end of a server that cannot start");
        return (process.ExitCode, await error);
    }
}
