using System.Text;
using TrafficShifter.Core.Traffic.Maps;

namespace TrafficShifter.HAProxy.Maps;

/// <summary>The map files that HAProxy reads when it starts or reloads: written whole or not at all, so that the first request after a reload is right.</summary>
public sealed class MapFolder(string folder)
{
    // HAProxy reads them as its own user after it has been started by root.
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public string PathOf(MapFile file) => Path.Combine(folder, file.Name());

    /// <summary>Writes every map that differs from its file. Returns those that were written.</summary>
    /// <exception cref="IOException">The disk is full or read-only. Files are replaced one by one: those that were not reached are the old ones, whole.</exception>
    public IReadOnlyList<MapFile> Write(MapImage image)
    {
        var written = new List<MapFile>();
        // Rows that others lead to come first, so that a reload in between finds no application without its row.
        foreach (var file in (MapFile[])[MapFile.Users, MapFile.Groups, MapFile.Networks, MapFile.Apps, MapFile.Hosts])
            if (Write(file, image[file])) written.Add(file);
        return written;
    }

    /// <summary>Writes one map by way of a temporary file beside it, flushed to disk before the rename. False when the file holds these rows already.</summary>
    /// <exception cref="IOException">The disk is full or read-only; the old file is still there.</exception>
    public bool Write(MapFile file, IReadOnlyDictionary<string, string> rows)
    {
        var (path, text) = (PathOf(file), Render(rows));
        if (File.Exists(path) && File.ReadAllText(path) == text) return false;
        Directory.CreateDirectory(folder);
        var temporary = path + ".tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = Mode;
        using (var stream = new FileStream(temporary, options))
        {
            stream.Write(Encoding.ASCII.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
        return true;
    }

    /// <summary>One row per line, sorted, so that equal maps are equal files.</summary>
    private static string Render(IReadOnlyDictionary<string, string> rows)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in rows.OrderBy(row => row.Key, StringComparer.Ordinal)) text.Append(new MapRow(key, value)).Append('\n');
        return text.ToString();
    }
}
