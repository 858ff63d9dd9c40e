using System.Collections.Immutable;
using System.Text.Json;
using TrafficShifter.Core.Documents;
using TrafficShifter.Core.Ports;
using TrafficShifter.Server.Hosting;

namespace TrafficShifter.Server.Embedded;

/// <summary>The file of the embedded store: <c>{"schema":1,"index":7,"entries":[{"key":"weights/shop","value":"{…}","modifyIndex":7}]}</c>.</summary>
/// <remarks>It is replaced as a whole, so that it is the old or the new one at every moment, also under kill -9 and a power cut.</remarks>
internal sealed class StoreFile : IDisposable
{
    private readonly string _folder;
    private readonly FileStream _lock;

    private StoreFile(string path, FileStream @lock)
    {
        Path = path;
        _folder = System.IO.Path.GetDirectoryName(path)!;
        _lock = @lock;
    }

    public string Path { get; }

    /// <summary>Takes the file for this process. Its folder is made if need be, the file is not.</summary>
    /// <exception cref="StoreException">Another process has it, or the folder cannot be used.</exception>
    public static StoreFile Take(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        try
        {
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
            return new StoreFile(path, new FileStream($"{path}.lock", OwnersOnly(FileMode.OpenOrCreate)));
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"The store {path} cannot be opened: {failed.Message} Does another server use it, or may this user not write there?", failed);
        }
    }

    /// <exception cref="StoreException">The file is there and cannot be read; the message says what to do.</exception>
    public EmbeddedState Load()
    {
        try
        {
            if (!File.Exists(Path)) return EmbeddedState.Empty;
            return Parse(File.ReadAllBytes(Path));
        }
        catch (JsonException broken)
        {
            throw Unreadable(BrokenJson.Describe(broken), broken);
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(failed.Message, failed);
        }
    }

    /// <summary>Returns when the state is on the disk.</summary>
    /// <remarks>1. A new file beside the old one, flushed. 2. It takes the old one's name. 3. The folder, flushed: now the name is on the disk too.</remarks>
    /// <exception cref="StoreUnavailableException">It could not be written: the disk is full, read-only, gone.</exception>
    public async Task SaveAsync(EmbeddedState state, CancellationToken cancellationToken)
    {
        var fresh = $"{Path}.new";
        try
        {
            await using (var stream = new FileStream(fresh, OwnersOnly(FileMode.Create)))
            {
                await JsonSerializer.SerializeAsync(stream, Content.Of(state), DocumentJson.Options, cancellationToken);
                stream.Flush(flushToDisk: true);                                                       // 1
            }
            File.Move(fresh, Path, overwrite: true);                                                   // 2
            FolderSync.Flush(_folder);                                                                 // 3
        }
        catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
        {
            throw new StoreUnavailableException($"Store {Path} could not be written: {failed.Message}", failed);
        }
    }

    public void Dispose() => _lock.Dispose();

    private static EmbeddedState Parse(byte[] json)
    {
        var content = JsonSerializer.Deserialize<Content>(json, DocumentJson.Options) ?? throw new JsonException("it is null");
        if (content.Schema != Document.SupportedSchema) throw new JsonException($"its schema is {content.Schema}, this version reads {Document.SupportedSchema}");
        var entries = EmbeddedState.Empty.Entries.ToBuilder();
        foreach (var entry in content.Entries)
        {
            if (entry is null) throw new JsonException("one of its entries is null");
            if (entry.ModifyIndex == 0 || entry.ModifyIndex > content.Index) throw new JsonException($"{entry.Key} has index {entry.ModifyIndex}, the store {content.Index}");
            if (!entries.TryAdd(entry.Key, entry)) throw new JsonException($"{entry.Key} is there twice");
        }
        return EmbeddedState.Empty with { Entries = entries.ToImmutable(), Index = Math.Max(content.Index, EmbeddedState.Empty.Index) };
    }

    private StoreException Unreadable(string why, Exception failed) =>
        new($"The store {Path} cannot be read: {why} It is left as it is. Put a backup in its place, or move it away to begin with an empty store.", failed);

    // Tokens' hashes are in it.
    private static FileStreamOptions OwnersOnly(FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    /// <summary>What is in the file. Keys that a process holds are not: they end with it.</summary>
    private sealed record Content
    {
        public required int Schema { get; init; }

        public required ulong Index { get; init; }

        public required IReadOnlyList<Entry?> Entries { get; init; }

        public static Content Of(EmbeddedState state) => new()
        {
            Schema = Document.SupportedSchema,
            Index = state.Index,
            Entries = [.. state.Entries.Values.Where(entry => entry.Session is null)],
        };
    }
}
