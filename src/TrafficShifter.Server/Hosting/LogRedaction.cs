using Serilog.Core;
using Serilog.Events;
using TrafficShifter.Server.Security;

namespace TrafficShifter.Server.Hosting;

/// <summary>Takes tokens out of whatever is logged: the framework adds the request's path to every line of a request, and people put tokens into paths.</summary>
internal sealed class LogRedaction : ILogEventEnricher
{
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        foreach (var (name, value) in logEvent.Properties.ToList())
            if (value is ScalarValue { Value: string text } && TokenSecret.Redact(text) is var redacted && !ReferenceEquals(redacted, text))
                logEvent.AddOrUpdateProperty(new LogEventProperty(name, new ScalarValue(redacted)));
    }
}
