using System.Globalization;
using System.Runtime.InteropServices;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Faults.Clock;

/// <summary>The time of day of some programs, which can be moved while they run. Their monotonic clock is left alone, as by whoever sets the clock of a machine.</summary>
/// <remarks>By libfaketime, which is loaded before the program's own libraries and reads how far to move from a file, once a second.</remarks>
/// <param name="file">Says how far; made by <see cref="Move"/>.</param>
internal sealed class FakedClock(string file)
{
    /// <summary>After so long every program has read the file again.</summary>
    public static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);

    private const string Library = "libfaketimeMT.so.1";

    /// <summary>Why no clock can be moved on this machine; null when one can.</summary>
    public static string? Problem => FindLibrary() is null ? $"{Library} is not installed (`./dev peers --with-faults` installs it)" : null;

    /// <summary>The clock of a program that has its data in this directory.</summary>
    public static FakedClock Of(string dataDirectory) => new(Path.TrimEndingDirectorySeparator(dataDirectory) + ".clock");

    /// <summary>Has a server go by <see cref="Of"/>, and tell the right time for now; as it was where no clock can be moved.</summary>
    public static ServerSetup Adjust(string part, ServerSetup setup)
    {
        if (setup.DataDirectory is not { } directory || Problem is not null) return setup;
        var clock = Of(directory);
        clock.Move(TimeSpan.Zero);
        return setup with { Variables = new Dictionary<string, string>([.. setup.Variables, .. clock.Variables]) };
    }

    /// <summary>What a program must be started with to go by it.</summary>
    /// <exception cref="PeerException">libfaketime is not installed.</exception>
    public IReadOnlyDictionary<string, string> Variables => new Dictionary<string, string>
    {
        ["LD_PRELOAD"] = FindLibrary() ?? throw new PeerException(Problem!),
        ["FAKETIME_TIMESTAMP_FILE"] = file,
        ["FAKETIME_CACHE_DURATION"] = Delay.TotalSeconds.ToString(CultureInfo.InvariantCulture),
        ["DONT_FAKE_MONOTONIC"] = "1",
        // What it does otherwise for programs that wait by the monotonic clock ends their waits at once: four threads of .NET's would never sleep.
        ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",
        // The ages of files are the file system's, not the program's.
        ["NO_FAKE_STAT"] = "1",
        ["DONT_FAKE_UTIME"] = "1",
    };

    /// <summary>From within <see cref="Delay"/> on, the programs read the true time and this much more.</summary>
    public void Move(TimeSpan by)
    {
        var next = file + ".next";
        File.WriteAllText(next, string.Create(CultureInfo.InvariantCulture, $"{(by < TimeSpan.Zero ? "-" : "+")}{Math.Abs(by.TotalSeconds):0}\n"));
        File.Move(next, file, overwrite: true);
    }

    private static string? FindLibrary()
    {
        // Where Debian has it, on either of the machines that it is made for, and where others do.
        var machine = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "aarch64" : "x86_64";
        return new[] { $"/usr/lib/{machine}-linux-gnu/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime" }.Select(directory => Path.Combine(directory, Library)).FirstOrDefault(File.Exists);
    }
}
