using System.Globalization;
using TrafficShifter.Benchmarks;
using TrafficShifter.Benchmarks.Api;
using TrafficShifter.Benchmarks.Canaries;
using TrafficShifter.Benchmarks.Controlling;
using TrafficShifter.Benchmarks.Fleet;
using TrafficShifter.Benchmarks.Judging;
using TrafficShifter.Benchmarks.Propagation;
using TrafficShifter.Benchmarks.Scale;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Show;

var quick = args.Contains("--quick");
var name = args.FirstOrDefault(a => !a.StartsWith('-'));
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
var recorder = args.Contains("--record") ? Recorder.Begin() : null;
try
{
    var code = await RunAsync();
    if (code == 0 && recorder is not null) await recorder.WriteAsync("docs/performance.md", name!, $"./dev bench {name}{(quick ? " --quick" : "")}", stop.Token);
    return code;
}
catch (PeerException broken)
{
    await Console.Error.WriteLineAsync(broken.Message);
    return 1;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}

async Task<int> RunAsync()
{
    switch (name)
    {
        case "propagation":
            return await PropagationBench.RunAsync(quick, stop.Token);
        case "dataplane":
            return await DataplaneBench.RunAsync(quick, stop.Token);
        case "rollback":
            return await RollbackBench.RunAsync(quick, stop.Token);
        case "scale":
            return await ScaleBench.RunAsync(quick, args.Contains("--only-rollback"), stop.Token);
        case "shares":
            return await SharesBench.RunAsync(quick, stop.Token);
        case "judge":
            return await JudgeBench.RunAsync(quick, stop.Token);
        case "canary-live":
            return await CanaryLiveBench.RunAsync(quick, stop.Token);
        case "dashboard":
            return await DashboardBench.RunAsync(quick, stop.Token);
        case "accesslog":
            return await AccessLogBench.RunAsync(quick, stop.Token);
        case AccessLogReceiver.Verb:
            return await AccessLogReceiver.RunAsync(args[1], args[2], stop.Token);
        case "controller":
            return await ControllerBench.RunAsync(quick, stop.Token);
        case BareQueries.Verb:
            return await BareQueries.RunAsync(args[1], args[2], int.Parse(args[3], CultureInfo.InvariantCulture), int.Parse(args[4], CultureInfo.InvariantCulture), stop.Token);
        case "judge-pictures":
            return await JudgePictures.RunAsync(stop.Token);
        case "api":
            return await ApiBench.RunAsync(quick, stop.Token);
        case "fleet":
            return await FleetBench.RunAsync(quick, stop.Token);
        case AgentHost.Verb:
            return await AgentHost.RunAsync(args[1..], stop.Token);
        case "cli":
            return await CliBench.RunAsync(quick, stop.Token);
        default:
            await Console.Error.WriteLineAsync($"there is no bench \"{name}\"; there are: propagation, dataplane, rollback, shares, judge, judge-pictures, canary-live, accesslog, controller, scale, api, fleet, cli, dashboard");
            return 2;
    }
}
