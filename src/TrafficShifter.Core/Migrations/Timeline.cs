using TrafficShifter.Core.Apps;

namespace TrafficShifter.Core.Migrations;

/// <summary>When applications would move if each took the time that is said and nothing else were waited for: no gates, no failures.</summary>
public static class Timeline
{
    /// <param name="wave">The waves that are left, in their order.</param>
    /// <param name="from">When the first of them may begin.</param>
    /// <param name="calendar">Null: at any time.</param>
    /// <returns>Null when the calendar is closed for longer than it can be looked ahead.</returns>
    public static IReadOnlyList<PlannedWave>? Lay(IEnumerable<WaveAhead> wave, DateTimeOffset from, MoveCalendar? calendar)
    {
        var laid = new List<PlannedWave>();
        var hours = calendar is null ? null : new OpenHours(calendar);
        foreach (var ahead in wave)
        {
            if (LayOne(ahead, from, hours) is not { } planned) return null;
            laid.Add(planned);
            from = planned.Ends + ahead.Pause;
        }
        return laid;
    }

    private static PlannedWave? LayOne(WaveAhead wave, DateTimeOffset from, OpenHours? hours)
    {
        var free = new PriorityQueue<DateTimeOffset, DateTimeOffset>();
        var (ends, begins) = (from, (DateTimeOffset?)null);
        foreach (var left in wave.Moving.OrderByDescending(m => m).Take(wave.Parallelism))
        {
            free.Enqueue(from + left, from + left);
            begins = from;
            if (from + left > ends) ends = from + left;
        }
        while (free.Count < wave.Parallelism) free.Enqueue(from, from);
        var moves = new List<PlannedMove>();
        foreach (var (app, takes) in wave.Waiting)
        {
            var earliest = free.Dequeue();
            if ((hours is null ? earliest : hours.Find(app, earliest)) is not { } begin) return null;
            var end = begin + takes;
            free.Enqueue(end, end);
            moves.Add(new PlannedMove(app, takes, begin, end));
            if (begins is null || begin < begins) begins = begin;
            if (end > ends) ends = end;
        }
        return new PlannedWave(begins ?? from, ends, moves);
    }
}

/// <summary>A calendar that looks through each closed time once.</summary>
internal sealed class OpenHours(MoveCalendar calendar)
{
    private readonly bool _isForAll = calendar.IsForAll;
    private DateTimeOffset _closed;
    private DateTimeOffset _opens;

    public DateTimeOffset? Find(AppName app, DateTimeOffset from)
    {
        if (_isForAll && from >= _closed && from < _opens) return _opens;
        if (calendar.FindOpen(app, from) is not { } open) return null;
        if (open > from) (_closed, _opens) = (from, open);
        return open;
    }
}

/// <summary>What is left of a wave.</summary>
/// <param name="Moving">How long each that moves has still to go.</param>
/// <param name="Waiting">Those that have not begun, in their order, with the time that each takes.</param>
/// <param name="Pause">How long nothing begins after it.</param>
public sealed record WaveAhead(int Parallelism, IReadOnlyList<TimeSpan> Moving, IReadOnlyList<(AppName App, TimeSpan Takes)> Waiting, TimeSpan Pause);

public sealed record PlannedWave(DateTimeOffset Begins, DateTimeOffset Ends, IReadOnlyList<PlannedMove> Moves);

public sealed record PlannedMove(AppName App, TimeSpan Takes, DateTimeOffset Begins, DateTimeOffset Ends);
