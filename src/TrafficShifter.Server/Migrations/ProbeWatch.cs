using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Migrations;
using TrafficShifter.Core.Traffic;

namespace TrafficShifter.Server.Migrations;

/// <summary>The probes of one application that a migration holds: at most one of each colour under way, counted when its answer is there.</summary>
internal sealed class ProbeWatch(string migration, AppName app, ProbeTally? known, ulong index, TimeSpan first)
{
    private static readonly TimeSpan SaveEvery = TimeSpan.FromMinutes(1);
    private Task<(Finding Blue, Finding Green)>? _asking;
    private TimeSpan _dueIn = first;
    private TimeSpan _unsaved;
    private bool _mustSave;

    public string Migration => migration;

    public AppName App => app;

    /// <summary>What is counted; null before the first answer.</summary>
    public ProbeTally? Tally { get; private set; } = known;

    /// <summary>ModifyIndex of its document; 0 when there is none.</summary>
    public ulong Index { get; private set; } = index;

    /// <summary>The migration has let the application go.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>A probe is under way.</summary>
    public bool IsAsking => _asking is { IsCompleted: false };

    /// <summary>What is counted is worth a write: a minute of it, or a row of failures that began or ended.</summary>
    public bool IsWorthSaving => Tally is not null && (_mustSave || _unsaved >= SaveEvery);

    /// <summary>Answers were counted that are not written.</summary>
    public bool IsUnsaved => Tally is not null && (_mustSave || _unsaved > TimeSpan.Zero);

    /// <summary>Lets time go by, counts an answer that is there, and asks when it is due.</summary>
    /// <param name="mayAsk">False: too many probes are under way, it stays due.</param>
    public void TakeTurn(AppDefinition definition, ReadinessProbe probe, Prober prober, bool mayAsk, TimeSpan elapsed, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (Tally is not null) _unsaved += elapsed;
        _dueIn -= elapsed;
        if (_asking is { IsCompleted: true }) Count(now);
        if (!mayAsk || _asking is not null || _dueIn > TimeSpan.Zero) return;
        _dueIn = probe.Interval;
        _asking = AskAsync(definition, probe, prober, cancellationToken);
    }

    public void Saved(ulong at) => (Index, _unsaved, _mustSave) = (at, TimeSpan.Zero, false);

    /// <summary>Its document is not where it was thought to be: the next write goes over what is there now.</summary>
    public void Moved(ulong at) => Index = at;

    /// <summary>Notes that the migration has let the application go.</summary>
    public void End(DateTimeOffset now)
    {
        if (HasEnded) return;
        HasEnded = true;
        if (_asking is { IsCompleted: true }) Count(now);
        if (Tally is { } tally) (Tally, _mustSave) = (tally with { EndedAt = now }, true);
    }

    private void Count(DateTimeOffset now)
    {
        var asked = _asking!;
        _asking = null;
        if (!asked.IsCompletedSuccessfully) return;
        var before = Tally ?? new ProbeTally { Migration = migration, App = app, BeganAt = now, At = now };
        Tally = before.Note(asked.Result.Blue, asked.Result.Green, now);
        _mustSave |= Tally.IsFailing != before.IsFailing;
    }

    private static async Task<(Finding Blue, Finding Green)> AskAsync(AppDefinition definition, ReadinessProbe probe, Prober prober, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(prober.AskAsync(definition, probe, Colour.Blue, cancellationToken), prober.AskAsync(definition, probe, Colour.Green, cancellationToken));
        return (ProbeReadiness.Judge(probe, Colour.Blue, answers[0]), ProbeReadiness.Judge(probe, Colour.Green, answers[1]));
    }
}
