using TrafficShifter.Cli.Hosting;

using var interrupted = new Interruption();
return await Shell.RunAsync(args, Terminal.OfProcess(), interrupted.Token);
