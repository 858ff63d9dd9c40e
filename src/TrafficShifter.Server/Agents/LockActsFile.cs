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

    public LockActsFile(string path, ILogger logger)
    {
        (_path, _logger) = (path, logger);
        _acts = Read();
    }

    /// <summary>Servers that this agent put into maintenance, by the application whose lock wanted it.</summary>
    public IReadOnlyDictionary<AppName, IReadOnlyList<ServerName>> Maintained => _acts.Maintained;

    /// <summary>How many sessions were cut for this lock in this process; null when that was not done.</summary>
    public long? FindSevered(AppName app, DateTimeOffset lockedAt, ProcessIdentity process) =>
        _acts.Severed.GetValueOrDefault(app) is { } cut && cut.LockedAt == lockedAt && cut.Process == process ? cut.Sessions : null;

    /// <summary>Notes what was cut; another agent on the same disk would cut again if it could not be written, and nothing else.</summary>
    public void NoteSevered(IReadOnlyDictionary<AppName, SeveredSessions> cut)
    {
        var severed = new Dictionary<AppName, SeveredSessions>(_acts.Severed);
        foreach (var (app, sessions) in cut) severed[app] = sessions;
        _acts = _acts with { Severed = severed };
        try
        {
            FileWrites.Replace(_path, DocumentJson.Write(_acts));
        }
        catch (Exception unwritable) when (unwritable is IOException or UnauthorizedAccessException)
        {
            LogUnusable(_path, unwritable.Message);
        }
    }

    /// <summary>Forgets cuts of locks that are no more; written with whatever is noted next.</summary>
    public void ForgetSevered(AppName app)
    {
        if (!_acts.Severed.ContainsKey(app)) return;
        var severed = new Dictionary<AppName, SeveredSessions>(_acts.Severed);
        severed.Remove(app);
        _acts = _acts with { Severed = severed };
    }

    /// <summary>Keeps which servers an application's lock has in maintenance; none: it has none.</summary>
    /// <exception cref="IOException">The disk is full or read-only: what was kept stays.</exception>
    public void KeepMaintained(AppName app, IReadOnlyList<ServerName> servers)
    {
        var maintained = new Dictionary<AppName, IReadOnlyList<ServerName>>(_acts.Maintained);
        if (servers.Count == 0) maintained.Remove(app);
        else maintained[app] = servers;
        var next = _acts with { Maintained = maintained };
        FileWrites.Replace(_path, DocumentJson.Write(next));
        _acts = next;
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

    [LoggerMessage(EventId = 211, Level = LogLevel.Error, Message = "{Path} cannot be used: {Problem}; servers that a lock had put into maintenance may have to be made ready by hand")]
    private partial void LogUnusable(string path, string problem);

    private sealed record Acts
    {
        public Dictionary<AppName, SeveredSessions> Severed { get; init; } = [];

        public Dictionary<AppName, IReadOnlyList<ServerName>> Maintained { get; init; } = [];
    }
}

/// <summary>Sessions that were cut for a lock.</summary>
internal sealed record SeveredSessions(DateTimeOffset LockedAt, ProcessIdentity Process, long Sessions);
