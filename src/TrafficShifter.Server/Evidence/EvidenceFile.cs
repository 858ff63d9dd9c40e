using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace TrafficShifter.Server.Evidence;

/// <summary>A node's counters in a file that is mapped into memory: what was counted is there after kill -9, and counting costs no system call.</summary>
/// <remarks>
/// Not flushed: after a crash of the machine the counters may be old, and HAProxy, which was on it, begins anew as well. Its whole room is reserved when it is made: a page
/// that a full disk has no room for would end the process with SIGBUS, and each of its successors.
/// </remarks>
internal sealed unsafe class EvidenceFile : MemoryManager<long>
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly int _length;

    private EvidenceFile(string path, bool isNew)
    {
        (_length, IsNew) = (EvidenceLayout.Length, isNew);
        // Not shared: two agents must never count into one file.
        var options = new FileStreamOptions { Mode = isNew ? FileMode.CreateNew : FileMode.Open, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (isNew) options.PreallocationSize = Bytes;
        if (isNew && !OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var stream = new FileStream(path, options);
        _file = MemoryMappedFile.CreateFromFile(stream, null, Bytes, MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, Bytes);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    private static long Bytes => (long)EvidenceLayout.Length * sizeof(long);

    /// <summary>True when the file was not there, or was not this version's: everything begins at 0.</summary>
    public bool IsNew { get; }

    /// <exception cref="IOException">The file cannot be made or mapped, the disk has no room for all of it, or another process counts into it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static EvidenceFile Open(string path)
    {
        var isOurs = IsOurs(path);
        if (!isOurs) File.Delete(path);
        var file = new EvidenceFile(path, isNew: !isOurs);
        if (isOurs) return file;
        file.GetSpan()[1] = EvidenceLayout.Version;
        file.GetSpan()[0] = EvidenceLayout.Magic;
        return file;
    }

    public override Span<long> GetSpan() => new(_start, _length);

    public override MemoryHandle Pin(int elementIndex = 0) => new((long*)_start + elementIndex);

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _file.Dispose();
    }

    private static bool IsOurs(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length != Bytes) return false;
        Span<long> head = stackalloc long[2];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.ReadExactly(MemoryMarshal.AsBytes(head));
        return head[0] == EvidenceLayout.Magic && head[1] == EvidenceLayout.Version;
    }
}
