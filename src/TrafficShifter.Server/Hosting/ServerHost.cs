using Serilog;

namespace TrafficShifter.Server.Hosting;

/// <summary>Builds the server from its settings: the one way in, for the program and for tests alike.</summary>
public static class ServerHost
{
    /// <param name="args">Settings as on the command line: <c>--Urls=http://127.0.0.1:8080</c>.</param>
    /// <param name="replace">Replaces services after the server has registered its own; the last registration counts.</param>
    /// <exception cref="ConfigurationException">The settings cannot be used; the message names the setting and the remedy.</exception>
    public static WebApplication Build(string[] args, Action<IServiceCollection>? replace = null)
    {
        var builder = WebApplication.CreateSlimBuilder(args);
        builder.Logging.ClearProviders();
        builder.Logging.AddSerilog(Logging.Create(builder.Configuration), dispose: true);
        var options = Settings.Read<ServerOptions>(builder.Configuration, "");
        builder.Services.AddTrafficShifter(builder.Configuration, options);
        builder.AddHttpApi(options);
        replace?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseHttpApi(options.ParseRoles());
        return app;
    }
}
