using System.CommandLine;
using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Demo.Stack;

namespace TrafficShifter.Demo.Commands;

/// <summary><c>up [--json]</c>: the whole stack, until it is stopped. <c>./dev up</c> runs it in the background and returns when it is ready.</summary>
internal static class UpCommand
{
    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object when the stack is ready" };

    private static readonly Option<string?> Record = new("--record") { Description = "Directory to note every process in, for another program to stop what a killed one left" };

    public static Command Create()
    {
        var command = new Command("up", "Start the whole stack on loopback and keep it until stopped") { Json, Record };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(Json), parsed.GetValue(Record) is { } path ? new RunDirectory(path) : null));
        return command;
    }

    private static async Task<int> RunAsync(bool json, RunDirectory? run)
    {
        using var until = new UntilStopped();
        try
        {
            await using var stack = await LocalStack.StartAsync(StackPorts.FromEnvironment(), part =>
            {
                run?.Add(part);
                Console.Error.WriteLine($"{part.Name,-18} {part.Address}");
            }, until.Token);
            var addresses = StackAddresses.Of(stack);
            if (json) Console.Out.WriteLine(JsonSerializer.Serialize(addresses, DocumentJson.Options));
            else Print(addresses);
            Console.Out.Flush();
            run?.SetReady(addresses);
            await until.WaitAsync();
            return 0;
        }
        catch (OperationCanceledException) when (until.Token.IsCancellationRequested)
        {
            return 130;
        }
        finally
        {
            run?.Clear();
        }
    }

    private static void Print(StackAddresses a)
    {
        List<(string What, string Where)> rows = [("API", $"{a.Api}api/v1/"), ("admin token", a.Token)];
        rows.AddRange(a.Frontends.Select(f => ($"{f.Key} frontend", $"{f.Value}   (Host: {a.Host}, localhost or 127.0.0.1)")));
        rows.AddRange(a.RuntimeApi.Select(r => ($"{r.Key} Runtime API", r.Value)));
        rows.AddRange(a.Agents.Select(g => ($"{g.Key} agent", g.Value.ToString())));
        rows.AddRange(a.DemoApp.Select(d => ($"{d.Key} setter", $"{d.Value}   (PUT {{\"errorRatio\":0.3,\"latency\":\"50ms\",\"refuse\":false}})")));
        rows.Add(("VictoriaMetrics", $"{a.VictoriaMetrics}vmui/"));
        rows.Add(("Consul", $"{a.Consul}ui/"));
        foreach (var (what, where) in rows) Console.Out.WriteLine($"{what,-17} {where}");
    }
}
