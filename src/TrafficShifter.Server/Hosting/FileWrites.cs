namespace TrafficShifter.Server.Hosting;

/// <summary>Files that are there whole or not at all, whenever the process or the machine dies.</summary>
public static class FileWrites
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Replaces <paramref name="path"/> by way of a temporary file beside it, flushed to disk before the rename. Mode 0600.</summary>
    /// <exception cref="IOException">The disk is full or read-only; the old file is still there.</exception>
    public static void Replace(string path, string content) => Replace(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(content)));

    /// <inheritdoc cref="Replace(string, string)"/>
    /// <param name="write">Writes the whole content; what it throws leaves the old file.</param>
    public static void Replace(string path, Action<Stream> write)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var temporary = path + ".tmp";
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = OwnerOnly;
        using (var stream = new FileStream(temporary, options))
        {
            write(stream);
            stream.Flush(flushToDisk: true);
        }
        File.Move(temporary, path, overwrite: true);
        FolderSync.Flush(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }
}
