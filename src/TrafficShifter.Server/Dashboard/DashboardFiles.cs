using System.Collections.Frozen;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;

namespace TrafficShifter.Server.Dashboard;

/// <summary>One file of the dashboard, as it is sent.</summary>
/// <param name="Version">The ETag: the hash of what is in it.</param>
/// <param name="Gzip">The same, compressed; null where that is not smaller.</param>
public sealed record DashboardFile(string ContentType, string Version, byte[] Plain, byte[]? Gzip)
{
    public static DashboardFile Of(string name, byte[] plain)
    {
        using var small = new MemoryStream();
        using (var gzip = new GZipStream(small, CompressionLevel.SmallestSize, leaveOpen: true)) gzip.Write(plain);
        return new DashboardFile(TypeOf(name), $"\"{Convert.ToHexStringLower(SHA256.HashData(plain).AsSpan(0, 8))}\"", plain, small.Length < plain.Length ? small.ToArray() : null);
    }

    internal static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        var other => throw new InvalidOperationException($"the dashboard's file {name} has an extension ({other}) that no content type is known for"),
    };
}

/// <summary>The built dashboard. It is inside the program, so that there is no folder to be lost or to be found from the wrong directory.</summary>
public sealed class DashboardFiles
{
    private const string Prefix = "wwwroot/";
    public const string Page = "index.html";

    /// <summary>By their path below the root: <c>assets/index-3f2a.js</c>.</summary>
    private readonly FrozenDictionary<string, DashboardFile> _files = ReadAll().ToFrozenDictionary(StringComparer.Ordinal);

    public DashboardFile Index => _files[Page];

    public DashboardFile? Find(string path) => _files.GetValueOrDefault(path);

    private static IEnumerable<KeyValuePair<string, DashboardFile>> ReadAll()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var copy = new MemoryStream();
            stream.CopyTo(copy);
            yield return new(name[Prefix.Length..].Replace('\\', '/'), DashboardFile.Of(name, copy.ToArray()));
        }
    }
}
