using System.Globalization;
using System.Runtime.InteropServices;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Faults.Disk;

/// <summary>A tiny disk in memory in the place of a directory, with the same files in it: it can be filled, and made read-only.</summary>
/// <remarks>
/// Mounted over the directory while its program is held for a moment; what the program opens from then on is on it. Taken away in the same manner: the files as
/// they are then are in the directory again. Needs root. There is no way without: a limit on the size of files ends .NET itself, and a quota is set up by root too.
/// </remarks>
internal static class SmallDisk
{
    /// <summary>Files that need more than this do not fit beside what is there.</summary>
    private const string Filler = "filler";

    /// <summary>Why there can be none on this machine, for this user; null when there can.</summary>
    public static string? Problem => !OperatingSystem.IsLinux() ? "a disk in memory is mounted on Linux only"
        : NativeMethods.EffectiveUser() != 0 ? "only root may mount a disk in memory"
        : null;

    /// <summary>Mounts it over a directory, larger than its files by 1 MiB.</summary>
    /// <param name="program">Whose directory it is; held meanwhile.</param>
    public static Task MountAsync(string directory, PeerProcess program, CancellationToken cancellationToken) => HeldAsync(program, async () =>
    {
        var aside = Directory.CreateTempSubdirectory("aside-").FullName;
        try
        {
            Copy(directory, aside);
            var size = Directory.EnumerateFiles(aside).Sum(file => new FileInfo(file).Length) + (1024 * 1024);
            await RunAsync(["mount", "-t", "tmpfs", "-o", string.Create(CultureInfo.InvariantCulture, $"size={size},mode=700"), "traffic-shifter", directory], cancellationToken);
            Copy(aside, directory);
        }
        finally
        {
            Directory.Delete(aside, recursive: true);
        }
    });

    /// <summary>Not a byte more can be written, and no file be made.</summary>
    public static void Fill(string directory)
    {
        using var filler = new FileStream(Path.Combine(directory, Filler), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        // Ever smaller pieces, down to single bytes: a block that is begun is used to its end.
        for (var piece = 64 * 1024; piece > 0; piece /= 2) while (TryWrite(filler, new byte[piece])) { }
    }

    /// <summary>Everything that is tried to be changed is refused. What is being written at the moment is waited for.</summary>
    public static async Task MakeReadOnlyAsync(string directory, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(10));
        while (await TryRunAsync(["mount", "-o", "remount,ro", directory], patience.Token) is not null) await Task.Delay(TimeSpan.FromMilliseconds(20), patience.Token);
    }

    /// <summary>It takes what is written, again.</summary>
    public static async Task MakeRoomAsync(string directory, CancellationToken cancellationToken)
    {
        await RunAsync(["mount", "-o", "remount,rw", directory], cancellationToken);
        File.Delete(Path.Combine(directory, Filler));
    }

    /// <summary>Takes it away, with the files that are on it back in the directory.</summary>
    public static Task UnmountAsync(string directory, PeerProcess program, CancellationToken cancellationToken) => HeldAsync(program, async () =>
    {
        var aside = Directory.CreateTempSubdirectory("aside-").FullName;
        try
        {
            Copy(directory, aside);
            // A file that the program holds open stays on the disk in memory until it is closed.
            await RunAsync(["umount", "-l", directory], cancellationToken);
            foreach (var file in Files(directory)) File.Delete(file);
            Copy(aside, directory);
        }
        finally
        {
            Directory.Delete(aside, recursive: true);
        }
    });

    /// <summary>Takes it away, should it be there: its program has ended and the directory will be deleted.</summary>
    public static async Task UndoAsync(string directory)
    {
        if (Problem is null && IsMounted(directory)) await RunAsync(["umount", "-l", directory], CancellationToken.None);
    }

    private static bool IsMounted(string directory) => File.ReadLines("/proc/mounts").Any(line => line.Split(' ')[1] == directory);

    private static async Task HeldAsync(PeerProcess program, Func<Task> work)
    {
        if (program.HasExited)
        {
            await work();
            return;
        }
        program.Freeze();
        try
        {
            await work();
        }
        finally
        {
            program.Thaw();
        }
    }

    private static void Copy(string from, string to)
    {
        foreach (var file in Files(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
    }

    /// <summary>Without those that a program opens once, its counters and its lock: it goes on with the file that it opened, wherever that is.</summary>
    private static IEnumerable<string> Files(string directory) =>
        Directory.EnumerateFiles(directory).Where(file => Path.GetFileName(file) != Filler && Path.GetExtension(file) is not (".counters" or ".lock"));

    private static bool TryWrite(FileStream file, byte[] piece)
    {
        try
        {
            file.Write(piece);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static async Task RunAsync(string[] command, CancellationToken cancellationToken)
    {
        if (await TryRunAsync(command, cancellationToken) is { } problem) throw new PeerException($"{string.Join(' ', command)}: {problem}");
    }

    private static async Task<string?> TryRunAsync(string[] command, CancellationToken cancellationToken)
    {
        await using var running = ChildProcess.Start(command[0], command[0], command[1..]);
        return await running.WaitForExitAsync(cancellationToken) == 0 ? null : running.Output.Length > 0 ? running.Output : $"exit code {running.ExitCode}";
    }

    private static class NativeMethods
    {
        [DllImport("libc", EntryPoint = "geteuid")]
        public static extern uint EffectiveUser();
    }
}
