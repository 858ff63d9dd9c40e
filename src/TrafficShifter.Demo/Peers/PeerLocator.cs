namespace TrafficShifter.Demo.Peers;

/// <summary>Finds the real programs: what <c>./dev peers</c> fetched into <c>.peers/bin</c> first, then the PATH, then <c>/usr/sbin</c>.</summary>
public static class PeerLocator
{
    /// <summary>The absolute path of <paramref name="program"/>.</summary>
    /// <exception cref="PeerException">It is nowhere; the message says how to get it.</exception>
    public static string Find(string program)
    {
        var folders = RepositoryFolders()
            .Select(root => Path.Combine(root, ".peers", "bin"))
            .Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries))
            .Append("/usr/sbin");
        return folders.Select(folder => Path.GetFullPath(Path.Combine(folder, program))).FirstOrDefault(File.Exists)
            ?? throw new PeerException($"{program} is not installed. Get it with: ./dev peers");
    }

    private static IEnumerable<string> RepositoryFolders()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "TrafficShifter.sln"))) yield return folder.FullName;
        }
    }
}
