using System.Text;
using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Agents;

/// <summary>The last desired state on the agent's disk: the documents as they were read.</summary>
/// <remarks>
/// A whole file, and beside it a journal of what changed since: a change is in the journal before any HAProxy hears of it, at a cost that does
/// not depend on how many applications there are. So an agent that dies right after a change does not come back with what was before it.
/// The journal is not flushed to the disk: a machine that loses power has lost its HAProxy too.
/// </remarks>
public sealed class DesiredFile(string path)
{
    private const int MostJournalled = 1000;
    private const long LongestJournal = 1024 * 1024;
    private readonly string _journal = path + ".journal";
    private TrafficSnapshot _kept = TrafficSnapshot.Empty;
    private bool _hasWhole;
    private long _wholeLength;

    private sealed record Content(ulong Index, IReadOnlyList<Entry> Entries);

    private sealed record Written(ulong Index, IEnumerable<Entry> Entries);

    public string Path => path;

    /// <summary>Something is in the journal that is not in the whole file.</summary>
    public bool HasJournal => File.Exists(_journal);

    /// <summary>What was kept last; null when nothing was.</summary>
    /// <exception cref="JsonException">The file is not what this class writes.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public TrafficSnapshot? Find()
    {
        if (!File.Exists(path)) return null;
        _hasWhole = false;
        TrafficSnapshot snapshot;
        ulong whole;
        using (var stream = File.OpenRead(path))
        {
            var content = Check(JsonSerializer.Deserialize<Content>(stream, DocumentJson.Options));
            (snapshot, whole, _wholeLength) = (TrafficSnapshot.Empty.WithAll(content.Entries, content.Index), content.Index, stream.Length);
        }
        // A line that is older than the whole file was left behind when that was written, and is in it.
        var (lines, isWhole) = ReadJournal();
        foreach (var line in lines.Where(l => l.Index >= whole)) snapshot = snapshot.With(line.Entries.Select(e => (e.Key, (Entry?)e)), line.Index);
        (_hasWhole, _kept) = (isWhole, snapshot);
        return snapshot;
    }

    /// <summary>Keeps a new state; the cheap way where little changed since the last.</summary>
    /// <exception cref="IOException">The disk is full or read-only; what was kept before is still there.</exception>
    public void Keep(TrafficSnapshot snapshot, IReadOnlySet<AppName> changed)
    {
        // What an earlier state held is not written again: a rollback of all changes no document but its own, and ten thousand users are not journalled with every shift.
        var entries = _hasWhole && snapshot.Index >= _kept.Index ? snapshot.ToEntriesSince(_kept, changed) : null;
        if (entries is null || entries.Count > MostJournalled || (HasJournal && new FileInfo(_journal).Length > Math.Max(LongestJournal, _wholeLength)))
        {
            KeepWhole(snapshot);
            return;
        }
        var line = DocumentJson.Write(new Content(snapshot.Index, entries)) + "\n";
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        // A line that is written in part would be glued to the next: then the next state is written whole.
        _hasWhole = false;
        using (var stream = new FileStream(_journal, options)) stream.Write(Encoding.UTF8.GetBytes(line));
        (_hasWhole, _kept) = (true, snapshot);
    }

    /// <summary>Writes the whole state and empties the journal.</summary>
    /// <exception cref="IOException">The disk is full or read-only; what was kept before is still there.</exception>
    public void KeepWhole(TrafficSnapshot snapshot)
    {
        FileWrites.Replace(path, stream =>
        {
            JsonSerializer.Serialize(stream, new Written(snapshot.Index, snapshot.ToEntries()), DocumentJson.Options);
            _wholeLength = stream.Length;
        });
        File.Delete(_journal);
        (_hasWhole, _kept) = (true, snapshot);
    }

    private static Content Check(Content? read)
    {
        var content = read ?? throw new JsonException("the file is empty");
        if (content.Entries.Any(e => e is null)) throw new JsonException("one of its entries is null");
        if (content.Entries.GroupBy(e => e.Key).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new JsonException($"{twice.Key} is there twice");
        return content;
    }

    private static Content? TryParse(string line)
    {
        try
        {
            return Check(JsonSerializer.Deserialize<Content>(line, DocumentJson.Options));
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The lines in their order, up to one that is broken, and whether none is. A last one without its end was cut by the agent's death: nothing acted on it.</summary>
    private (IReadOnlyList<Content> Lines, bool IsWhole) ReadJournal()
    {
        if (!HasJournal) return ([], true);
        var text = File.ReadAllText(_journal);
        var read = new List<Content>();
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (TryParse(line) is not { } content) return (read, false);
            read.Add(content);
        }
        return (read, text.Length == 0 || text.EndsWith('\n'));
    }
}
