using System.Globalization;
using Serilog;
using Serilog.Events;
using Serilog.Formatting.Json;

namespace TrafficShifter.Server.Hosting;

/// <summary>Structured logs on standard output. <c>Logging:Format</c> is <c>text</c> (default) or <c>json</c>.</summary>
internal static class Logging
{
    private const string Template = "{Timestamp:yyyy-MM-ddTHH:mm:ss.fffzzz} {Level:u3} {Message:lj}{NewLine}{Exception}";

    public static Serilog.Core.Logger Create(IConfiguration configuration)
    {
        var logger = new LoggerConfiguration()
            .Enrich.With(new LogRedaction())
            .MinimumLevel.Is(LevelOf(configuration))
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.Hosting.Lifetime", LogEventLevel.Information)
            .MinimumLevel.Override(typeof(Security.CallerHandler).FullName!, LogEventLevel.Error)
            .MinimumLevel.Override("System.Net.Http", LogEventLevel.Warning);
        return configuration["Logging:Format"] switch
        {
            null or "" or "text" => logger.WriteTo.Console(outputTemplate: Template, formatProvider: CultureInfo.InvariantCulture).CreateLogger(),
            "json" => logger.WriteTo.Console(new JsonFormatter(renderMessage: true, formatProvider: CultureInfo.InvariantCulture)).CreateLogger(),
            var other => throw new ConfigurationException($"Logging:Format: \"{other}\" is neither text nor json"),
        };
    }

    private static LogEventLevel LevelOf(IConfiguration configuration) => configuration["Logging:Level"] switch
    {
        null or "" => LogEventLevel.Information,
        var text when Enum.TryParse<LogEventLevel>(text, ignoreCase: true, out var level) => level,
        var text => throw new ConfigurationException($"Logging:Level: \"{text}\" is none of {string.Join(", ", Enum.GetNames<LogEventLevel>())}"),
    };
}
