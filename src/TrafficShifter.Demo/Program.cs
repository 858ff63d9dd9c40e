using System.CommandLine;
using TrafficShifter.Demo.Commands;
using TrafficShifter.Demo.Peers;

var root = new RootCommand("TrafficShifter on one machine, with the real HAProxy, Consul and VictoriaMetrics") { DemoCommand.Create(), UpCommand.Create(), UpstreamCommand.Create() };
try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
}
catch (PeerException broken)
{
    Console.Error.WriteLine(broken.Message);
    return 1;
}
