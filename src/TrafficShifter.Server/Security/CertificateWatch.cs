using System.Diagnostics.Metrics;
using TrafficShifter.Server.Telemetry;

namespace TrafficShifter.Server.Security;

/// <summary>Takes the certificates between apis and agents anew when their files change, and says in time that one ends.</summary>
public sealed partial class CertificateWatch : BackgroundService
{
    /// <summary>How often the files are looked at.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    /// <summary>How often it is said of the same certificate that it ends.</summary>
    private static readonly TimeSpan Reminder = TimeSpan.FromDays(1);

    private readonly AgentCertificates _certificates;
    private readonly TimeProvider _time;
    private readonly ILogger<CertificateWatch> _logger;
    private readonly Dictionary<(string, DateTimeOffset), DateTimeOffset> _said = [];

    public CertificateWatch(AgentCertificates certificates, IMeterFactory meters, TimeProvider time, ILogger<CertificateWatch> logger)
    {
        (_certificates, _time, _logger) = (certificates, time, logger);
        var meter = meters.Create(ServerMeter.Name);
        meter.CreateObservableGauge("trafficshifter_certificate_left_seconds", () => Measure(age => (age.Ends - _time.GetUtcNow()).TotalSeconds), description: "Time until a certificate between apis and agents ends; negative when it has.");
        meter.CreateObservableGauge("trafficshifter_certificate_due", () => Measure(age => age.IsDue ? 1 : 0), description: "1 when a certificate should have been replaced by now: less than 14 days are left, or a third of its life if that is shorter.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        try
        {
            do Look();
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The server ends.
        }
    }

    private void Look()
    {
        if (_certificates.TryReload(_time.GetUtcNow()) is { } problem)
        {
            if (problem.Length > 0) LogKept(problem);
            else foreach (var age in _certificates.Ages(_time.GetUtcNow())) LogReloaded(age.Setting, age.Ends.UtcDateTime);
        }
        foreach (var age in _certificates.Ages(_time.GetUtcNow()).Where(a => a.IsDue))
        {
            if (_said.TryGetValue((age.Setting, age.Ends), out var at) && _time.GetUtcNow() - at < Reminder) continue;
            _said[(age.Setting, age.Ends)] = _time.GetUtcNow();
            LogEnds(age.Setting, age.Ends.UtcDateTime);
        }
    }

    private List<Measurement<double>> Measure(Func<CertificateAge, double> value) =>
        [.. _certificates.Ages(_time.GetUtcNow()).Select(age => new Measurement<double>(value(age), new KeyValuePair<string, object?>("setting", age.Setting)))];

    [LoggerMessage(EventId = 450, Level = LogLevel.Information, Message = "The certificates between apis and agents are read anew: {Setting} until {Ends:yyyy-MM-dd HH:mm} UTC")]
    private partial void LogReloaded(string setting, DateTime ends);

    [LoggerMessage(EventId = 451, Level = LogLevel.Error, Message = "The new certificates between apis and agents cannot be used, the ones before stay: {Problem}")]
    private partial void LogKept(string problem);

    [LoggerMessage(EventId = 452, Level = LogLevel.Warning, Message = "{Setting} ends at {Ends:yyyy-MM-dd HH:mm} UTC; without a new one agents cannot be asked from then on")]
    private partial void LogEnds(string setting, DateTime ends);
}
