using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace TrafficShifter.Server.Evidence;

/// <summary>A node's counters in a file that is mapped into memory: what was counted is there after kill -9, and counting costs no system call.</summary>
/// <remarks>Not flushed: after a crash of the machine the counters may be old, and HAProxy, which was on it, begins anew as well. Sparse: only applications that were counted take room.</remarks>
internal sealed unsafe class EvidenceFile : MemoryManager<long>
{
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly byte* _start;
    private readonly int _length;

    private EvidenceFile(string path, int length)
    {
        // Not shared: two agents must never count into one file.
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var stream = new FileStream(path, options);
        _length = length;
        _file = MemoryMappedFile.CreateFromFile(stream, null, (long)length * sizeof(long), MemoryMappedFileAccess.ReadWrite, HandleInheritability.None, leaveOpen: false);
        _view = _file.CreateViewAccessor(0, (long)length * sizeof(long));
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
    }

    /// <summary>True when the file was not there, or was not this version's: everything begins at 0.</summary>
    public bool IsNew { get; private init; }

    /// <exception cref="IOException">The file cannot be made or mapped, or another process counts into it.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static EvidenceFile Open(string path)
    {
        var isOurs = IsOurs(path);
        if (!isOurs) File.Delete(path);
        var file = new EvidenceFile(path, EvidenceLayout.Length) { IsNew = !isOurs };
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
        if (!File.Exists(path) || new FileInfo(path).Length != (long)EvidenceLayout.Length * sizeof(long)) return false;
        Span<long> head = stackalloc long[2];
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.ReadExactly(MemoryMarshal.AsBytes(head));
        return head[0] == EvidenceLayout.Magic && head[1] == EvidenceLayout.Version;
    }
}
