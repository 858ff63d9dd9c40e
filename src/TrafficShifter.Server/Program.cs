using Microsoft.AspNetCore.Authentication;
using Serilog;
using TrafficShifter.Server.Hosting;
using TrafficShifter.Server.Problems;
using TrafficShifter.Server.Security;

try
{
    var builder = WebApplication.CreateSlimBuilder(args);
    builder.Logging.ClearProviders();
    builder.Logging.AddSerilog(Logging.Create(builder.Configuration), dispose: true);
    var options = Settings.Read<ServerOptions>(builder.Configuration, "");
    builder.Services.AddTrafficShifter(builder.Configuration, options);
    builder.AddHttpApi(options);
    var app = builder.Build();
    app.UseHttpApi(options.ParseRoles());
    await app.RunAsync();
    return 0;
}
catch (ConfigurationException wrong)
{
    await Console.Error.WriteLineAsync($"The server does not start: {wrong.Message}");
    return 2;
}
catch (IOException busy) when (busy.Message.Contains("address already in use", StringComparison.OrdinalIgnoreCase))
{
    await Console.Error.WriteLineAsync($"The server does not start: {busy.Message} Set Urls to a free address, for example http://127.0.0.1:8081");
    return 2;
}

/// <summary>The entry point; public so that tests can host it.</summary>
public partial class Program;
