using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Deploy.Tests.Compose;

/// <summary>What the Dockerfile's stage `build` makes, made here: its COPY and RUN lines are carried out in a temporary folder.</summary>
public sealed class PublishedPrograms : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("published-").FullName;

    /// <summary>Where a path of the images is here: <c>/app/TrafficShifter.Server.dll</c> of the stage `server`.</summary>
    public string Locate(string stage, string path) => path.Replace("/app/", $"{_folder}/out/{stage}/", StringComparison.Ordinal);

    public async Task InitializeAsync()
    {
        var build = (await Dockerfile.ReadAsync())["build"];
        var source = Path.Combine(_folder, "source");
        foreach (var copied in build.CopiedFromRepository) Copy(Path.Combine(ComposeFile.Folder, copied), Path.Combine(source, copied));
        foreach (var line in build.All("RUN")) await RunAsync(line.Replace("/out/", $"{_folder}/out/", StringComparison.Ordinal), source);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(_folder, recursive: true);
        return Task.CompletedTask;
    }

    private static async Task RunAsync(string line, string folder)
    {
        await using var shell = ChildProcess.Start(line, "/bin/sh", ["-c", line], workingDirectory: folder);
        (await shell.WaitForExitAsync(CancellationToken.None)).ShouldBe(0, shell.Output);
    }

    private static void Copy(string from, string to)
    {
        if (Directory.Exists(from))
        {
            // As .dockerignore has it: no build output.
            foreach (var entry in Directory.EnumerateFileSystemEntries(from).Where(e => Path.GetFileName(e) is not ("bin" or "obj"))) Copy(entry, Path.Combine(to, Path.GetFileName(entry)));
            return;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        File.Copy(from, to);
    }
}
