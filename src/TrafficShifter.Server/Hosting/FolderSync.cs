using System.Runtime.InteropServices;

namespace TrafficShifter.Server.Hosting;

/// <summary>fsync of a folder: makes a rename in it survive a power cut. .NET has no call for it.</summary>
internal static class FolderSync
{
    /// <exception cref="IOException">The folder cannot be opened or flushed.</exception>
    public static void Flush(string folder)
    {
        // Windows has no such thing: NTFS logs its names.
        if (OperatingSystem.IsWindows()) return;
        var descriptor = open(folder, 0);
        if (descriptor < 0) throw Failed("opened", folder);
        try
        {
            if (fsync(descriptor) != 0) throw Failed("flushed", folder);
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    private static IOException Failed(string what, string folder) =>
        new($"{folder} could not be {what}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int fsync(int descriptor);

    [DllImport("libc", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int close(int descriptor);
}
