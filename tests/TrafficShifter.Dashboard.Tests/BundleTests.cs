using System.IO.Compression;
using TrafficShifter.Demo.Peers;

namespace TrafficShifter.Dashboard.Tests;

/// <summary>What is committed is what a fresh build from the lock file gives.</summary>
public sealed class BundleTests
{
    private const int MostBytes = 90 * 1024;
    private const int MostFirstBytes = 45 * 1024;
    private static readonly string Built = Path.Combine(PeerLocator.RepositoryRoot, "src", "TrafficShifter.Server", "wwwroot");

    [Fact]
    public async Task A_fresh_build_gives_the_committed_bundle()
    {
        var fresh = Directory.CreateTempSubdirectory("dashboard-");
        try
        {
            await Packages.Installed;
            await Packages.RunAsync("npx", "tsc", "--noEmit");
            await Packages.RunAsync("npx", "vite", "build", "--outDir", Path.Combine(fresh.FullName, "wwwroot"));

            var expected = Read(Path.Combine(fresh.FullName, "wwwroot"));
            var committed = Read(Built);
            committed.Keys.ShouldBe(expected.Keys, ignoreOrder: true, "`./dev dashboard` builds it anew");
            foreach (var (file, bytes) in expected) committed[file].AsSpan().SequenceEqual(bytes).ShouldBeTrue($"{file} is another one; `./dev dashboard` builds it anew");
        }
        finally
        {
            fresh.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Its_own_tests_pass()
    {
        await Packages.Installed;
        await Packages.RunAsync("npx", "vitest", "run", "--reporter=dot");
    }

    [Fact]
    public void The_bundle_is_small()
    {
        var sizes = Read(Built).ToDictionary(f => f.Key, f => Compressed(f.Value));

        sizes.Values.Sum().ShouldBeLessThanOrEqualTo(MostBytes);
        sizes.Where(f => Path.GetFileName(f.Key).StartsWith("index", StringComparison.Ordinal)).Sum(f => f.Value).ShouldBeLessThanOrEqualTo(MostFirstBytes);
    }

    [Fact]
    public async Task The_lock_file_names_no_registry() => (await File.ReadAllTextAsync(Path.Combine(Packages.Sources, "package-lock.json"))).ShouldNotContain("\"resolved\"");

    private static SortedDictionary<string, byte[]> Read(string folder) =>
        new(Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).ToDictionary(f => Path.GetRelativePath(folder, f), File.ReadAllBytes), StringComparer.Ordinal);

    private static int Compressed(byte[] bytes)
    {
        using var small = new MemoryStream();
        using (var gzip = new GZipStream(small, CompressionLevel.SmallestSize)) gzip.Write(bytes);
        return small.ToArray().Length;
    }
}
