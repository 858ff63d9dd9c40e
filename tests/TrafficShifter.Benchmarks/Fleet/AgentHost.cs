using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Hosting;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Benchmarks.Fleet;

/// <summary>A process with many agents, each the whole server with the role <c>agent</c>: its own settings, data, connections and follower.</summary>
internal static class AgentHost
{
    public const string Verb = "fleet-agents";

    /// <summary>Starts the process and returns when each of its agents is ready.</summary>
    /// <param name="agents">Per agent: its node, its port, the Consul that it asks, the socket of its HAProxy.</param>
    public static async Task<ChildProcess> StartAsync(string folder, string key, IReadOnlyList<AgentPlace> agents, CancellationToken cancellationToken)
    {
        var process = ChildProcess.Start("agents", "dotnet", [typeof(AgentHost).Assembly.Location, Verb, folder, key, .. agents.Select(a => string.Create(CultureInfo.InvariantCulture, $"{a.Node},{a.Port},{a.Consul},{a.Socket}"))]);
        try
        {
            using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(2) };
            foreach (var agent in agents) await process.WaitUntilReadyAsync(async probe => (await http.GetAsync(new Uri($"http://127.0.0.1:{agent.Port}/readyz"), probe)).IsSuccessStatusCode, TimeSpan.FromSeconds(120), cancellationToken);
            return process;
        }
        catch
        {
            await process.KillAsync();
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the process does: it runs until it is ended.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        var hosts = new List<WebApplication>();
        foreach (var agent in arguments.Skip(2).Select(a => a.Split(',')))
        {
            var address = $"http://127.0.0.1:{agent[1]}";
            var host = ServerHost.Build([
                $"--Urls={address}", "--Roles=agent", $"--DataDirectory={Path.Combine(arguments[0], agent[0])}", $"--Consul:Address={agent[2]}", $"--Agent:Key={arguments[1]}",
                $"--Agent:Advertise={address}", $"--Agent:Nodes:0:Name={agent[0]}", $"--Agent:Nodes:0:RuntimeApi={agent[3]}", "--Logging:Level=Warning"]);
            hosts.Add(host);
            await host.StartAsync(cancellationToken);
        }
        await Task.WhenAll(hosts.Select(host => host.WaitForShutdownAsync(cancellationToken)));
        return 0;
    }
}

internal sealed record AgentPlace(string Node, int Port, Uri Consul, string Socket);
