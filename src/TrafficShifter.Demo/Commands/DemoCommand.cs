using System.CommandLine;
using System.Text.Json;
using Spectre.Console;
using TrafficShifter.Core.Documents;
using TrafficShifter.Demo.Load;
using TrafficShifter.Demo.Show;
using TrafficShifter.Demo.Stack;

namespace TrafficShifter.Demo.Commands;

/// <summary><c>demo [--once]</c>: two rollouts under load on the whole stack; then, without --once, the stack stays for one's own use.</summary>
internal static class DemoCommand
{
    private const double RequestsPerSecond = 200;
    private static readonly Option<bool> Once = new("--once") { Description = "End after both rollouts; the last line is JSON, the exit code 0 only if both went as promised" };

    public static Command Create()
    {
        var command = new Command("demo", "A canary that promotes itself, then one that breaks and rolls itself back") { Once };
        command.SetAction((parsed, _) => RunAsync(parsed.GetValue(Once)));
        return command;
    }

    private static async Task<int> RunAsync(bool once)
    {
        using var until = new UntilStopped();
        try
        {
            Console.Out.WriteLine("starting Consul, VictoriaMetrics, two HAProxy nodes with an agent each, a server, and an application in two colours");
            await using var stack = await LocalStack.StartAsync(StackPorts.FromEnvironment(), part => Console.Out.WriteLine($"  {part.Name,-18} {part.Address}"), until.Token);
            return await RunAsync(stack, once, until);
        }
        catch (OperationCanceledException) when (until.Token.IsCancellationRequested)
        {
            return 130;
        }
    }

    private static async Task<int> RunAsync(LocalStack stack, bool once, UntilStopped until)
    {
        using var api = new DemoApi(stack.Api.Address, stack.Token);
        using var loadEnds = CancellationTokenSource.CreateLinkedTokenSource(until.Token);
        var load = new LoadGenerator(new LoadOptions { Targets = [.. stack.HAProxies.Select(h => h.FrontendUrl)], RequestsPerSecond = RequestsPerSecond, Host = LocalStack.Host });
        var running = load.RunAsync(loadEnds.Token);
        var report = await ShowAsync(screen => new DemoDirector(stack, api, load, screen).RunAsync(until.Token), live: !once && AnsiConsole.Profile.Capabilities.Interactive);
        PrintSummary(report);
        var problems = report.FindProblems().ToList();
        foreach (var problem in problems) Console.Error.WriteLine($"not as promised: {problem}");
        if (!once)
        {
            Console.Out.WriteLine($"\nThe stack stays up, with the load on it, until Ctrl-C.\n  API    {stack.Api.Address}api/v1/   (Authorization: Bearer {stack.Token})\n  break  curl -X PUT {stack.Upstream.Admin}colours/blue -d '{{\"errorRatio\":0.3}}'");
            await until.WaitAsync();
        }
        await loadEnds.CancelAsync();
        await running;
        if (once) Console.Out.WriteLine(JsonSerializer.Serialize(report, DocumentJson.Options));
        return problems.Count == 0 ? 0 : 1;
    }

    private static async Task<DemoReport> ShowAsync(Func<IDemoScreen, Task<DemoReport>> run, bool live)
    {
        if (!live) return await run(new LineScreen(Console.Out, TimeProvider.System));
        DemoReport? report = null;
        await AnsiConsole.Live(new Text("")).StartAsync(async display => report = await run(new LiveScreen(display, TimeProvider.System)));
        return report!;
    }

    private static void PrintSummary(DemoReport report)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("rollout", "outcome", "requests", "failed", "seconds", "fault → observed");
        Add("healthy", report.Healthy);
        Add("broken", report.Broken);
        AnsiConsole.Write(table);
        Console.Out.WriteLine($"healthy: {report.Healthy.Reason}\nbroken:  {report.Broken.Reason}");

        void Add(string name, ActReport act) => table.AddRow(
            name, act.Outcome, $"{act.Requests}", $"{act.FailedRequests}", $"{act.Seconds:0.0}", act.SecondsFromFaultToObserved is { } seconds ? $"{seconds:0.0} s" : "");
    }
}
