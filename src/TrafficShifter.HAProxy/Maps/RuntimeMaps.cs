using TrafficShifter.Core.Ports;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.HAProxy.Maps;

/// <summary>The maps of a running HAProxy: read, change one row, replace all rows, and read back what was written.</summary>
/// <remarks>
/// HAProxy says OK to commands that change nothing (`set map` with a text on a map of numbers, anything to the worker of before a reload), so nothing
/// here is believed until it was read back. One writer at a time: a newer transaction discards an older one that is still open, and a `set map`
/// reaches into it. Maps are changed in memory only; <see cref="MapFolder"/> writes the files that the next start reads.
/// </remarks>
/// <param name="folder">Where the configuration says that the maps are, written exactly as there.</param>
public sealed class RuntimeMaps(RuntimeApiClient client, string folder)
{
    /// <summary>All rows that requests see now.</summary>
    /// <exception cref="RuntimeApiException">HAProxy could not be asked, has no such map, or gave a reply that was not understood.</exception>
    public async Task<(ProcessIdentity Process, MapReading Map)> ReadAsync(MapFile file, CancellationToken cancellationToken)
    {
        var (process, maps) = await ReadAsync([file], cancellationToken);
        return (process, maps[file]);
    }

    /// <summary>All rows of these maps, read in one connection and so of one process.</summary>
    /// <exception cref="RuntimeApiException">HAProxy could not be asked, has no such map, or gave a reply that was not understood.</exception>
    public async Task<(ProcessIdentity Process, IReadOnlyDictionary<MapFile, MapReading> Maps)> ReadAsync(IReadOnlyList<MapFile> files, CancellationToken cancellationToken)
    {
        var commands = files.Select(file => MapCommands.Show(PathOf(file))).ToList();
        var replies = await client.ExecuteAsync([ShowInfo.Command, .. commands], cancellationToken);
        var maps = files.Select((file, at) => (file, Map: Understand(commands[at], replies[at + 1], ShowMap.Parse))).ToDictionary(x => x.file, x => x.Map);
        return (Understand(ShowInfo.Command, replies[0], ShowInfo.Parse), maps);
    }

    /// <summary>Asks for one row of each map: costs nothing, and tells which maps the configuration uses.</summary>
    /// <exception cref="RuntimeApiException">HAProxy could not be asked, or has not one of the maps.</exception>
    public async Task CheckAsync(CancellationToken cancellationToken)
    {
        var commands = MapFiles.All.Select(file => MapCommands.Get(PathOf(file), "127.0.0.1")).ToList();
        var replies = await client.ExecuteAsync(commands, cancellationToken);
        foreach (var (command, reply) in commands.Zip(replies)) Understand(command, reply, GetMap.Parse);
    }

    /// <summary>The value that requests see for one key; null when there is none.</summary>
    /// <remarks>HAProxy 2.6.12: <c>type=str, case=sensitive, found=yes, idx=tree, key="shop", value="s.500.web.shop", type="str"</c>, or <c>found=no</c>.</remarks>
    /// <exception cref="RuntimeApiException">HAProxy could not be asked, has no such map, or gave a reply that was not understood.</exception>
    public async Task<string?> FindAsync(MapFile file, string key, CancellationToken cancellationToken)
    {
        var command = MapCommands.Get(PathOf(file), Validated(key));
        return Understand(command, (await client.ExecuteAsync([command], cancellationToken))[0], GetMap.Parse);
    }

    /// <summary>Sets and deletes these rows, one atomic command each, adds those that are not there yet, and reads each back.</summary>
    /// <returns>Which process took them. A different one than last time has read its maps from the files.</returns>
    /// <exception cref="RuntimeApiException">HAProxy could not be asked, refused, or said OK and did not do it.</exception>
    public async Task<ProcessIdentity> ApplyAsync(MapFile file, IReadOnlyList<MapRow> set, IReadOnlyList<string> delete, CancellationToken cancellationToken)
    {
        var path = PathOf(file);
        List<string> commands = [.. set.Select(row => MapCommands.Set(path, row)), .. delete.Select(key => MapCommands.Delete(path, Validated(key)))];
        var replies = await client.ExecuteAsync([ShowInfo.Command, .. commands], cancellationToken);
        var process = Understand(ShowInfo.Command, replies[0], ShowInfo.Parse);
        var add = new List<string>();
        for (var i = 0; i < commands.Count; i++)
        {
            if (replies[i + 1].Length == 0) continue;
            if (replies[i + 1] != (i < set.Count ? MapCommands.EntryNotFound : MapCommands.KeyNotFound)) throw Refused(commands[i], replies[i + 1]);
            if (i < set.Count) add.Add(MapCommands.Add(path, set[i]));
        }
        List<string> check = [.. set.Select(row => MapCommands.Get(path, row.Key)), .. delete.Select(key => MapCommands.Get(path, key))];
        var answers = await client.ExecuteAsync([ShowInfo.Command, .. add, .. check], cancellationToken);
        for (var i = 0; i < add.Count; i++)
            if (answers[i + 1].Length > 0) throw Refused(add[i], answers[i + 1]);
        for (var i = 0; i < check.Count; i++)
        {
            var (wanted, found) = (i < set.Count ? set[i].Value : null, Understand(check[i], answers[1 + add.Count + i], GetMap.Parse));
            if (found != wanted) throw NotDone(check[i], answers[1 + add.Count + i], wanted);
        }
        return SameProcess(process, Understand(ShowInfo.Command, answers[0], ShowInfo.Parse), check.FirstOrDefault() ?? ShowInfo.Command);
    }

    /// <summary>Replaces all rows in one transaction: requests see all of the old rows or all of the new ones. Reads them back.</summary>
    /// <exception cref="RuntimeApiException">HAProxy could not be asked, refused, another transaction came in between, or what was read back is not what was written.</exception>
    public async Task<ProcessIdentity> ReplaceAsync(MapFile file, IReadOnlyDictionary<string, string> rows, CancellationToken cancellationToken)
    {
        var path = PathOf(file);
        var prepare = MapCommands.Prepare(path);
        var replies = await client.ExecuteAsync([ShowInfo.Command, prepare], cancellationToken);
        var process = Understand(ShowInfo.Command, replies[0], ShowInfo.Parse);
        var version = Understand(prepare, replies[1], MapCommands.ParseVersion);
        foreach (var payload in MapCommands.AddPayloads(path, version, rows.Select(row => new MapRow(row.Key, row.Value))))
            if (await client.ExecutePayloadAsync(payload, cancellationToken) is { Length: > 0 } reply) throw Refused(payload, reply);
        var commit = MapCommands.Commit(path, version);
        if ((await client.ExecuteAsync([commit], cancellationToken))[0] is { Length: > 0 } refusal) throw Refused(commit, refusal);
        var (after, map) = await ReadAsync(file, cancellationToken);
        if (!map.Holds(rows)) throw NotDone(commit, $"{map.Rows.Count} rows, {map.Foreign.Count} foreign", $"{rows.Count} rows");
        return SameProcess(process, after, commit);
    }

    /// <summary>Makes one step, row by row or as a whole, and reads it back.</summary>
    /// <remarks>Networks always as a whole: `get map` looks an address up in them, and tells nothing about one row.</remarks>
    /// <exception cref="RuntimeApiException">As for the other methods.</exception>
    public Task<ProcessIdentity> ApplyAsync(MapStep step, CancellationToken cancellationToken) => step.Change.Replace || step.File == MapFile.Networks
        ? ReplaceAsync(step.File, step.Rows, cancellationToken)
        : ApplyAsync(step.File, step.Change.Set, step.Change.Delete, cancellationToken);

    /// <summary>Makes a map hold exactly these rows, in the way that costs HAProxy least. Nothing is written when it does already.</summary>
    /// <exception cref="RuntimeApiException">As for the other methods.</exception>
    public async Task<(ProcessIdentity Process, MapChange Change)> MakeAsync(MapFile file, IReadOnlyDictionary<string, string> rows, CancellationToken cancellationToken)
    {
        var (process, map) = await ReadAsync(file, cancellationToken);
        var change = map.ChangeTo(rows);
        if (!change.IsEmpty) process = await ApplyAsync(new MapStep(file, change, rows), cancellationToken);
        return (process, change);
    }

    private string PathOf(MapFile file) => $"{folder.TrimEnd('/')}/{file.Name()}";

    private static string Validated(string key) => MapRow.FindProblem(key) is { } problem ? throw new ArgumentException(problem, nameof(key)) : key;

    private ProcessIdentity SameProcess(ProcessIdentity before, ProcessIdentity after, string command) =>
        (before.Pid, before.StartedAt) == (after.Pid, after.StartedAt)
            ? after
            : throw new RuntimeApiException(client.Address, command, null, "was reloaded or restarted between a write and its read-back");

    private RuntimeApiException Refused(string command, string reply) => new(client.Address, command, reply, "refused");

    private RuntimeApiException NotDone(string command, string reply, string? wanted) =>
        new(client.Address, command, reply, $"said OK and does not have what it was told ({wanted ?? "no row"})");

    private T Understand<T>(string command, string reply, Func<string, T> parse)
    {
        if (reply == MapCommands.UnknownMap) throw new RuntimeApiException(client.Address, command, reply, "has no such map: its configuration does not use that file");
        try
        {
            return parse(reply);
        }
        catch (Exception broken) when (broken is FormatException or OverflowException)
        {
            throw new RuntimeApiException(client.Address, command, reply, $"gave a reply that was not understood: {broken.Message}", broken);
        }
    }
}
