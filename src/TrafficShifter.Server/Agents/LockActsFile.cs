using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Agents;

/// <summary>What a lock made this agent do beyond weights, on its disk: an agent that starts anew neither does it twice nor forgets to undo it.</summary>
internal sealed partial class LockActsFile
{
    private readonly string _path;
    private readonly ILogger _logger;
    private Acts _acts;
    private bool _isBehind;
    private string? _problem;

    public LockActsFile(string path, ILogger logger)
    {
        (_path, _logger) = (path, logger);
        _acts = Read();
    }

    /// <summary>Servers that this agent put into maintenance, by the application whose lock wanted it.</summary>
    public IReadOnlyDictionary<AppName, IReadOnlyList<ServerName>> Maintained => _acts.Maintained;

    /// <summary>No server is in maintenance by this agent's doing, and all that is known is on disk.</summary>
    public bool IsQuiet => _acts.Maintained.Count == 0 && !_isBehind;

    /// <summary>How many sessions were cut for this lock in this process; null when that was not done.</summary>
    public long? FindSevered(AppName app, DateTimeOffset lockedAt, ProcessIdentity process) =>
        _acts.Severed.GetValueOrDefault(app) is { } cut && cut.LockedAt == lockedAt && cut.Process == process ? cut.Sessions : null;

    /// <summary>Notes what was cut; another agent on the same disk would cut again if it could not be written, and nothing else.</summary>
    public void NoteSevered(IReadOnlyDictionary<AppName, SeveredSessions> cut)
    {
        var severed = new Dictionary<AppName, SeveredSessions>(_acts.Severed);
        foreach (var (app, sessions) in cut) severed[app] = sessions;
        (_acts, _isBehind) = (_acts with { Severed = severed }, true);
        TryCatchUp();
    }

    /// <summary>Forgets cuts of locks that are no more; written with whatever is noted next.</summary>
    public void ForgetSevered(IReadOnlySet<AppName> apps)
    {
        if (_acts.Severed.Keys.Any(apps.Contains))
            _acts = _acts with { Severed = _acts.Severed.Where(cut => !apps.Contains(cut.Key)).ToDictionary() };
    }

    /// <summary>Keeps, in one write, which servers the locks of these applications have in maintenance.</summary>
    /// <exception cref="IOException">The disk is full or read-only: what was kept stays.</exception>
    public void KeepMaintained(IReadOnlyDictionary<AppName, IReadOnlyList<ServerName>> servers)
    {
        var next = With(servers);
        FileWrites.Replace(_path, DocumentJson.Write(next));
        (_acts, _isBehind, _problem) = (next, false, null);
    }

    /// <summary>Takes in which servers are left in maintenance after others were made ready. It holds at once, on a full disk too: nothing is made ready twice.</summary>
    public void EndMaintained(IReadOnlyDictionary<AppName, IReadOnlyList<ServerName>> servers)
    {
        (_acts, _isBehind) = (With(servers), true);
        TryCatchUp();
    }

    /// <summary>Writes what could not be written before; does nothing when all is on disk.</summary>
    public void TryCatchUp()
    {
        if (!_isBehind) return;
        try
        {
            FileWrites.Replace(_path, DocumentJson.Write(_acts));
            (_isBehind, _problem) = (false, null);
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            if (_problem != unwritable.Message) LogBehind(_path, unwritable.Message);
            _problem = unwritable.Message;
        }
    }

    private Acts With(IReadOnlyDictionary<AppName, IReadOnlyList<ServerName>> servers)
    {
        var maintained = new Dictionary<AppName, IReadOnlyList<ServerName>>(_acts.Maintained);
        foreach (var (app, kept) in servers)
        {
            if (kept.Count == 0) maintained.Remove(app);
            else maintained[app] = kept;
        }
        return _acts with { Maintained = maintained };
    }

    /// <remarks>A file that cannot be read is as none: servers that were put into maintenance then stay there until a person makes them ready, and the log says so.</remarks>
    private Acts Read()
    {
        try
        {
            return File.Exists(_path) ? JsonSerializer.Deserialize<Acts>(File.ReadAllText(_path), DocumentJson.Options) ?? new Acts() : new Acts();
        }
        catch (Exception broken) when (broken is IOException or UnauthorizedAccessException or JsonException)
        {
            LogUnusable(_path, broken.Message);
            return new Acts();
        }
    }

    [LoggerMessage(EventId = 225, Level = LogLevel.Error, Message = "{Path} cannot be used: {Problem}; servers that a lock had put into maintenance may have to be made ready by hand")]
    private partial void LogUnusable(string path, string problem);

    [LoggerMessage(EventId = 218, Level = LogLevel.Error, Message = "{Path} cannot be written: {Problem}; until it can, an agent that starts anew would cut sessions and make servers ready a second time")]
    private partial void LogBehind(string path, string problem);

    private sealed record Acts
    {
        public Dictionary<AppName, SeveredSessions> Severed { get; init; } = [];

        public Dictionary<AppName, IReadOnlyList<ServerName>> Maintained { get; init; } = [];
    }
}

/// <summary>Sessions that were cut for a lock.</summary>
internal sealed record SeveredSessions(DateTimeOffset LockedAt, ProcessIdentity Process, long Sessions);
