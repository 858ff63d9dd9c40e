using System.Collections.Immutable;
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
    public IReadOnlyList<MapFile> Write(MapImage image) => [.. MapFiles.InOrder.Where(file => Write(file, image[file]))];

    /// <summary>Writes one map by way of a temporary file beside it. False when the file holds these rows already.</summary>
    /// <param name="flush">Wait for the disk before the rename. Without it a reload is right at once, and a machine that loses power may have the old file.</param>
    /// <exception cref="IOException">The disk is full or read-only; the old file is still there.</exception>
    public bool Write(MapFile file, ImmutableSortedDictionary<string, string> rows, bool flush = true)
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
            stream.Flush(flushToDisk: flush);
        }
        File.Move(temporary, path, overwrite: true);
        return true;
    }

    /// <summary>The rows of one file; none when it is not there. Lines that are no rows are passed over, as HAProxy passes over comments.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public IEnumerable<MapRow> Read(MapFile file) => !File.Exists(PathOf(file))
        ? []
        : File.ReadLines(PathOf(file)).Select(line => line.Split(' ', 2)).Where(cells => cells.Length == 2 && cells.All(cell => MapRow.FindProblem(cell) is null)).Select(cells => new MapRow(cells[0], cells[1]));

    /// <summary>Waits until a file that was written without flushing is on the disk.</summary>
    /// <exception cref="IOException">The disk is full or broken.</exception>
    public void Flush(MapFile file)
    {
        using var stream = new FileStream(PathOf(file), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        stream.Flush(flushToDisk: true);
    }

    /// <summary>One row per line, in their order.</summary>
    private static string Render(ImmutableSortedDictionary<string, string> rows)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in rows) text.Append(key).Append(' ').Append(value).Append('\n');
        return text.ToString();
    }
}
