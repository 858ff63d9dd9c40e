using System.Collections.Frozen;
using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using Swashbuckle.AspNetCore.SwaggerUI;
using TrafficShifter.Server.Dashboard;

namespace TrafficShifter.Server.Swagger;

/// <summary>The page with the API's calls: Swagger UI's own script and style out of its package, and a page and a start of ours. The package's own page asks for inline scripts, which our policy does not permit.</summary>
public sealed class SwaggerFiles
{
    public const string Page = "index.html";
    private const string Ours = "swagger/";
    private const string Theirs = "Swashbuckle.AspNetCore.SwaggerUI.node_modules.swagger_ui_dist.";

    private readonly FrozenDictionary<string, DashboardFile> _files = new[] { Own(Page), Own("start.js"), OfPackage("swagger-ui-bundle.js"), OfPackage("swagger-ui.css") }.ToFrozenDictionary(f => f.Name, f => f.File, StringComparer.Ordinal);

    public DashboardFile Index => _files[Page];

    public DashboardFile? Find(string name) => name == Page ? null : _files.GetValueOrDefault(name);

    private static (string Name, DashboardFile File) Own(string name) => (name, DashboardFile.Of(name, Read(Assembly.GetExecutingAssembly(), Ours + name)));

    /// <remarks>They are compressed in the package, and sent so.</remarks>
    private static (string Name, DashboardFile File) OfPackage(string name)
    {
        var gzip = Read(typeof(SwaggerUIOptions).Assembly, Theirs + name);
        using var plain = new MemoryStream();
        using (var unpacked = new GZipStream(new MemoryStream(gzip), CompressionMode.Decompress)) unpacked.CopyTo(plain);
        return (name, new DashboardFile(DashboardFile.TypeOf(name), $"\"{Convert.ToHexStringLower(SHA256.HashData(gzip).AsSpan(0, 8))}\"", plain.ToArray(), gzip));
    }

    private static byte[] Read(Assembly assembly, string resource)
    {
        using var stream = assembly.GetManifestResourceStream(resource) ?? throw new InvalidOperationException($"{assembly.GetName().Name} has no resource {resource}");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
