using TrafficShifter.Demo.Peers;
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
    return await Harness.RunAsync(RunOptions.Parse(args), stop.Token);
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
