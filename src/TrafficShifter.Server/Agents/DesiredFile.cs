using System.Text;
using System.Text.Json;
using TrafficShifter.Core.Apps;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic;
using TrafficShifter.Core.Traffic.Maps;
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
    private const int MostJournalled = 100;
    private const long LongestJournal = 1024 * 1024;
    private readonly string _journal = path + ".journal";
    private readonly Dictionary<AppName, TargetRules> _keptTargets = [];
    private bool _hasWhole;

    private sealed record Content(ulong Index, IReadOnlyList<Entry> Entries);

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
        var whole = Parse(File.ReadAllText(path));
        var snapshot = TrafficSnapshot.Empty.WithAll(whole.Entries, whole.Index);
        foreach (var line in ReadJournal()) snapshot = snapshot.With(line.Entries.Select(e => (e.Key, (Entry?)e)), line.Index);
        _hasWhole = true;
        NoteTargets(snapshot, snapshot.Apps.Keys);
        return snapshot;
    }

    /// <summary>Keeps a new state; the cheap way where little changed since the last.</summary>
    /// <exception cref="IOException">The disk is full or read-only; what was kept before is still there.</exception>
    public void Keep(TrafficSnapshot snapshot, IReadOnlySet<AppName> changed)
    {
        if (changed.Count > MostJournalled || !_hasWhole || (HasJournal && new FileInfo(_journal).Length > LongestJournal))
        {
            KeepWhole(snapshot);
            return;
        }
        var line = DocumentJson.Write(new Content(snapshot.Index, snapshot.ToEntries(changed, withTargets: HasNewTargets))) + "\n";
        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        // A line that is written in part would be glued to the next: then the next state is written whole.
        _hasWhole = false;
        using (var stream = new FileStream(_journal, options)) stream.Write(Encoding.UTF8.GetBytes(line));
        _hasWhole = true;
        NoteTargets(snapshot, changed);
    }

    /// <summary>Writes the whole state and empties the journal.</summary>
    /// <exception cref="IOException">The disk is full or read-only; what was kept before is still there.</exception>
    public void KeepWhole(TrafficSnapshot snapshot)
    {
        FileWrites.Replace(path, DocumentJson.Write(new Content(snapshot.Index, snapshot.ToEntries())));
        File.Delete(_journal);
        _hasWhole = true;
        NoteTargets(snapshot, snapshot.Apps.Keys);
    }

    /// <summary>Ten thousand users are not journalled with every shift of their application, but once.</summary>
    private bool HasNewTargets(AppTraffic app) => !ReferenceEquals(_keptTargets.GetValueOrDefault(app.Name), app.Targets.Value);

    private void NoteTargets(TrafficSnapshot snapshot, IEnumerable<AppName> apps)
    {
        foreach (var app in apps)
            if (snapshot.Find(app).Targets.Value is { } rules) _keptTargets[app] = rules;
    }

    private static Content Parse(string text)
    {
        var content = JsonSerializer.Deserialize<Content>(text, DocumentJson.Options) ?? throw new JsonException("the file is empty");
        if (content.Entries.Any(e => e is null)) throw new JsonException("one of its entries is null");
        if (content.Entries.GroupBy(e => e.Key).FirstOrDefault(g => g.Count() > 1) is { } twice) throw new JsonException($"{twice.Key} is there twice");
        return content;
    }

    private static Content? TryParse(string line)
    {
        try
        {
            return Parse(line);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The lines in their order, up to one that is broken. A last one without its end was cut by the agent's death: nothing acted on it.</summary>
    private List<Content> ReadJournal()
    {
        if (!HasJournal) return [];
        var text = File.ReadAllText(_journal);
        var read = new List<Content>();
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (TryParse(line) is not { } content) break;
            read.Add(content);
        }
        return read;
    }
}
