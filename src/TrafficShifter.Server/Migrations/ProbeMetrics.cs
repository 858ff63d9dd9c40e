using System.Diagnostics.Metrics;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Telemetry;

namespace TrafficShifter.Server.Migrations;

/// <summary>What probes found while migrations hold applications: totals of each migration, and one series more for each colour that ever failed. Gone with the migration.</summary>
public sealed class ProbeMetrics
{
    /// <summary>Applications that get series of their own; of more, those with the most failures.</summary>
    private const int MostApps = 500;

    private readonly ProbeWorker _worker;

    public ProbeMetrics(IMeterFactory meters, ProbeWorker worker)
    {
        _worker = worker;
        var meter = meters.Create(ServerMeter.Name);
        meter.CreateObservableCounter("trafficshifter_probe_requests_total", Requests, description: "Probes of applications that a migration holds, by migration, colour and outcome: passed, failed, unasked.");
        meter.CreateObservableCounter("trafficshifter_probe_failures_total", Failures, description: "Failed probes of a colour of an application that a migration holds, of those that failed at all, at most 500.");
        meter.CreateObservableGauge("trafficshifter_probe_failing", Failing, description: "1 while the last probe of a colour failed of an application that failed at all, else 0.");
    }

    private IEnumerable<Measurement<long>> Requests() =>
        from migration in _worker.Tallies.GroupBy(t => t.Migration)
        from colour in Both
        let sides = migration.Select(t => t.Of(colour)).ToList()
        from count in new[] { ("passed", sides.Sum(s => s.Probes - s.Failures)), ("failed", sides.Sum(s => s.Failures)), ("unasked", sides.Sum(s => s.Unasked)) }
        select new Measurement<long>(count.Item2, Label("migration", migration.Key), Label("colour", colour.Word()), Label("outcome", count.Item1));

    private IEnumerable<Measurement<long>> Failures() => from f in Failed() select new Measurement<long>(f.Side.Failures, Labels(f.Tally, f.Colour));

    private IEnumerable<Measurement<int>> Failing() => from f in Failed() select new Measurement<int>(f.Side.FailingInARow > 0 ? 1 : 0, Labels(f.Tally, f.Colour));

    private IEnumerable<(ProbeTally Tally, Colour Colour, SideTally Side)> Failed() =>
        from tally in _worker.Tallies.Where(t => t.Blue.Failures + t.Green.Failures > 0).OrderByDescending(t => t.Blue.Failures + t.Green.Failures).Take(MostApps)
        from colour in Both
        where tally.Of(colour).Failures > 0
        select (tally, colour, tally.Of(colour));

    private static readonly Colour[] Both = [Colour.Blue, Colour.Green];

    private static KeyValuePair<string, object?>[] Labels(ProbeTally tally, Colour colour) => [Label("migration", tally.Migration), Label("app", tally.App.Value), Label("colour", colour.Word())];

    private static KeyValuePair<string, object?> Label(string name, string value) => new(name, value);
}
