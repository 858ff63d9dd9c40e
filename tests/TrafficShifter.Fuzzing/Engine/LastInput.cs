using System.IO.MemoryMappedFiles;

namespace TrafficShifter.Fuzzing.Engine;

/// <summary>The input that is being tried, in a mapped file: it is still there when the process is not, as after a stack that overflowed.</summary>
internal sealed class LastInput : IDisposable
{
    private const int HeadBytes = sizeof(int);
    private readonly string _path;
    private readonly MemoryMappedFile _file;
    private readonly MemoryMappedViewAccessor _view;
    private readonly int _maxBytes;

    public LastInput(string path, int maxBytes)
    {
        (_path, _maxBytes) = (path, maxBytes);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        _file = MemoryMappedFile.CreateFromFile(path, FileMode.Create, null, maxBytes + HeadBytes);
        _view = _file.CreateViewAccessor();
    }

    public void Remember(byte[] input)
    {
        var length = Math.Min(input.Length, _maxBytes);
        _view.Write(0, length);
        _view.WriteArray(HeadBytes, input, 0, length);
    }

    /// <summary>What a process left that did not come to its end; null when there is no such file.</summary>
    public static byte[]? Find(string path)
    {
        if (!File.Exists(path)) return null;
        var bytes = File.ReadAllBytes(path);
        return bytes[HeadBytes..(HeadBytes + Math.Min(BitConverter.ToInt32(bytes), bytes.Length - HeadBytes))];
    }

    public void Dispose()
    {
        _view.Dispose();
        _file.Dispose();
        File.Delete(_path);
    }
}
