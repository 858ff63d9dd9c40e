using TrafficShifter.Demo.Peers;
using TrafficShifter.Demo.Show;
using TrafficShifter.Faults;
using TrafficShifter.Faults.Running;

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stop.Cancel();
};
try
{
    var options = RunOptions.Parse(args);
    var recorder = options.Record ? Recorder.Begin() : null;
    var code = await Harness.RunAsync(options, stop.Token);
    if (recorder is not null) await recorder.WriteAsync("docs/reliability.md", options.Soak is null ? "faults" : "soak", $"./dev test --faults {string.Join(' ', args.Where((a, i) => a is not ("--record" or "--logs") && (i == 0 || args[i - 1] != "--logs")))}".TrimEnd(), stop.Token);
    return code;
}
catch (PeerException broken)
{
    await Console.Error.WriteLineAsync(broken.Message);
    return 1;
}
catch (ArgumentException wrong)
{
    await Console.Error.WriteLineAsync(wrong.Message);
    return 2;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    return 130;
}
