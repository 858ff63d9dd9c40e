namespace TrafficShifter.Demo.Peers;

/// <summary>Where the real programs are on this machine.</summary>
/// <remarks><c>deploy/peers/install.sh</c> looks in the same places first, so what it finds or installs is found here.</remarks>
public static class PeerLocator
{
    /// <summary>Environment variable: which HAProxy is meant by "haproxy", as a path or as another name to look for, for example <c>haproxy-3.0</c>.</summary>
    public const string HAProxyVariable = "TRAFFICSHIFTER_HAPROXY";

    private static readonly Lazy<string> Root = new(() =>
        FindRoot(AppContext.BaseDirectory) ?? FindRoot(Directory.GetCurrentDirectory())
        ?? throw new PeerException($"no directory above {AppContext.BaseDirectory} or {Directory.GetCurrentDirectory()} has TrafficShifter.sln: run this from a clone of the repository"));

    /// <summary>The clone that this program was built in, else the one that it was started in.</summary>
    /// <exception cref="PeerException">Neither is a clone.</exception>
    public static string RepositoryRoot => Root.Value;

    /// <summary>The absolute path of a program: from <c>.peers/bin</c> of the clone, the PATH, then <c>/usr/sbin</c> and <c>/usr/local/bin</c>.</summary>
    /// <exception cref="PeerException">It is in none of them; the message has the command that installs it.</exception>
    public static string Find(string program) => Find(Choose(program, Environment.GetEnvironmentVariable(HAProxyVariable)), Path.Combine(RepositoryRoot, ".peers", "bin"), Environment.GetEnvironmentVariable("PATH"));

    /// <summary>The program that is meant by a name.</summary>
    internal static string Choose(string program, string? haproxy) => program == "haproxy" && !string.IsNullOrWhiteSpace(haproxy) ? haproxy.Trim() : program;

    internal static string Find(string program, string own, string? path) =>
        new[] { own }
            .Concat((path ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Concat(["/usr/sbin", "/usr/local/bin"])
            .Select(directory => Path.GetFullPath(Path.Combine(directory, program)))
            .FirstOrDefault(IsExecutable)
        ?? throw new PeerException($"{program} is not installed: it is not in {own}, on the PATH, in /usr/sbin or in /usr/local/bin. `{InstallerOf(program)}` installs it.");

    private static string InstallerOf(string program) => program.Split("haproxy-") is ["", var version] ? $"./dev peers --with-haproxy {version}"
        : program == "docker-compose" ? "./dev peers --with-compose"
        : program is "chromium" or "node" or "npm" ? "./dev peers --with-dashboard"
        : "./dev peers";

    private static bool IsExecutable(string file) =>
        File.Exists(file) && (OperatingSystem.IsWindows() || (File.GetUnixFileMode(file) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);

    private static string? FindRoot(string from)
    {
        for (var directory = new DirectoryInfo(from); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "TrafficShifter.sln"))) return directory.FullName;
        return null;
    }
}
