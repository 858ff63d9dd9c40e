using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Hosting;

try
{
    await ServerHost.Build(args).RunAsync();
    return 0;
}
catch (ConfigurationException wrong)
{
    await Console.Error.WriteLineAsync($"The server does not start: {wrong.Message}");
    return 2;
}
catch (StoreException unusable)
{
    await Console.Error.WriteLineAsync($"The server does not start: {unusable.Message}");
    return 2;
}
catch (IOException busy) when (busy.Message.Contains("address already in use", StringComparison.OrdinalIgnoreCase))
{
    await Console.Error.WriteLineAsync($"The server does not start: {busy.Message} Set Urls to a free address, for example http://127.0.0.1:8081");
    return 2;
}

/// <summary>The entry point; public so that tests can find it.</summary>
public partial class Program;
