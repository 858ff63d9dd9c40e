using System.Globalization;
using System.Text.RegularExpressions;
using TrafficShifter.Demo.Peers;
using TrafficShifter.Faults.Workload;

namespace TrafficShifter.Faults.Observation;

/// <summary>What a controller's log says of its leading: that it begins, or that it wrote something.</summary>
/// <param name="Order">Counts up over all processes, in the order in which the lines were read.</param>
/// <param name="Index">ModifyIndex of what it wrote; null: it says that it leads from now on.</param>
/// <param name="Read">When the line was read; a moment after what it tells.</param>
internal sealed partial record LeaderLine(string Server, long Order, ulong? Index, string Text, DateTimeOffset Read = default)
{
    /// <summary>The application, and the green share in percent that it was given; null when the line tells of none.</summary>
    public (string App, decimal Green)? Given => Step().Match(Text) is { Success: true } step ? (step.Groups["app"].Value, ShareOf(step))
        : Back().Match(Text) is { Success: true } back ? (back.Groups["app"].Value, ShareOf(back))
        : null;

    private static decimal ShareOf(Match told)
    {
        var share = told.Groups["share"] is { Success: true } some ? decimal.Parse(some.ValueSpan, CultureInfo.InvariantCulture) : 100;
        return told.Groups["to"].Value == "green" ? share : 100 - share;
    }

    // … INF roll: roll-01KA…: start: step 1 of 2: 10% to green (index 218)
    [GeneratedRegex(@"\b(?<app>\w+): \w+-\w{26}: \w+: (?:step [^:]*: )?(?<share>\d+(?:\.\d+)?)% to (?<to>blue|green)\b")]
    private static partial Regex Step();

    // … INF roll: roll-01KA…: abort: aborted by ben: all traffic back to green (index 219)
    [GeneratedRegex(@"\b(?<app>\w+): \w+-\w{26}: \w+: .*\ball traffic back to (?<to>blue|green)\b")]
    private static partial Regex Back();
}

/// <summary>Keeps of the controllers' logs what tells who acted.</summary>
internal sealed partial class ServerLogs
{
    private readonly Lock _lock = new();
    private readonly List<LeaderLine> _lines = [];
    private long _order;

    public ServerLogs(IEnumerable<ServerProcess> servers)
    {
        foreach (var server in servers)
        {
            if (server.Output.Contains(Leads, StringComparison.Ordinal)) Note(server.Name, Leads);
            server.LineWritten += line => Note(server.Name, line);
        }
    }

    private const string Leads = "This process leads";

    /// <summary>Where it is now, for <see cref="Since"/>.</summary>
    public long Mark => Interlocked.Read(ref _order);

    /// <summary>Who was the last to say that it leads; null: nobody yet.</summary>
    public string? Leader
    {
        get
        {
            lock (_lock) return _lines.FindLast(l => l.Index is null)?.Server;
        }
    }

    public IReadOnlyList<LeaderLine> Since(long mark)
    {
        lock (_lock) return [.. _lines.Where(l => l.Order > mark)];
    }

    private void Note(string server, string text)
    {
        var decision = Decision().Match(text);
        if (!decision.Success && !text.Contains(Leads, StringComparison.Ordinal)) return;
        var index = decision.Success ? ulong.Parse(decision.Groups[1].ValueSpan, CultureInfo.InvariantCulture) : (ulong?)null;
        lock (_lock) _lines.Add(new LeaderLine(server, Interlocked.Increment(ref _order), index, text, OperationLog.Now));
    }

    // roll: roll-01KA…: rollout.advanced: step 2 … (index 123)
    [GeneratedRegex(@"\b\w+: \w+-\w{26}: \w+: .*\(index (\d+)\)$")]
    private static partial Regex Decision();
}
